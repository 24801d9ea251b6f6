"""What a run leaves behind: one frozen model (`model`) and its views for people, spreadsheets and machines."""
