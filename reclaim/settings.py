"""Every setting, with its unit and default. Read from the environment when asked for, never at import.

AWS is configured through its own standard chain (`AWS_ENDPOINT_URL`, `AWS_PROFILE`, …), not here.
"""

from __future__ import annotations

import getpass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from reclaim.contracts.loading import DEFAULT, beside_contract, load_contract
from reclaim.model.errors import SettingsError
from reclaim.model.identity import MIN_KEY_BYTES
from reclaim.text.money import is_currency


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


def _minor_amounts(value: Any) -> Any:  # noqa: ANN401
    """Read `EUR=100000,USD=500000`."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    amounts = {currency.strip(): amount.strip() for currency, _, amount in pairs}
    wrong = [c for c, amount in amounts.items() if not (is_currency(c) and amount.isascii() and amount.isdigit())]
    if wrong or len(amounts) < len(pairs):
        raise ValueError("write whole minor units per currency, each once, such as EUR=100000,USD=500000")
    return {currency: int(amount) for currency, amount in amounts.items()} or None


MinorAmounts = Annotated[dict[str, int] | None, BeforeValidator(_minor_amounts)]
"""Whole minor units by currency."""


class Settings(BaseSettings):
    """What `RECLAIM_…` variables say."""

    model_config = SettingsConfigDict(env_prefix="RECLAIM_", frozen=True, hide_input_in_errors=True)

    contract: str = Field(
        DEFAULT, description="Which events are recovered: a contract, as package.module:name or path/file.py:name."
    )
    queue: str = Field("", description="The dead-letter queue to drain: its name or URL.")
    source_queue: str = Field("", description="The queue whose messages end up in the dead-letter queue.")
    mongo_uri: SecretStr = Field(
        SecretStr("mongodb://127.0.0.1:27017"), description="Where MongoDB is; a replica set or a sharded cluster."
    )
    mongo_database: str = Field("tracking", min_length=1, description="The database that holds the record.")
    tracking_key: SecretStr | None = Field(
        None,
        description=f"Derives the identities of every contract; {MIN_KEY_BYTES} bytes or more."
        " No recovery starts without it.",
    )
    reports_url: str = Field("reports", description="Where reports go: a folder, or s3://bucket/prefix.")
    repair_rules: str | None = Field(None, description="The file of repair rules for quarantined messages, YAML.")
    operator: str = Field(default_factory=_login, description="Who runs this.")

    checklist: str = Field("", description="The ownership checklist: from here, else from the project.")

    evidence_key: SecretStr | None = Field(
        None, description="Signs the evidence with HMAC-SHA256; 32 bytes or more. Without a key it is not signed."
    )
    evidence_kms_key_id: str | None = Field(
        None, min_length=1, description="Signs the evidence with this AWS KMS key (ECC_NIST_P256) instead."
    )
    code_version: str | None = Field(
        None, description="The commit or build that runs, for the evidence; asked of git where there is a checkout."
    )
    approval_messages: Annotated[
        int | None, Field(ge=0, description="A recovery of more messages than this needs an approver.")
    ] = None
    approval_money: Annotated[MinorAmounts, NoDecode] = Field(
        None,
        description="So does one that is worth more, in minor units of a currency: `EUR=100000,USD=500000`."
        " What the queue is worth is then looked up first.",
    )
    approval_timeout_seconds: Annotated[
        int, Field(ge=1, description="Seconds a deployed recovery waits for its approver before it gives up.")
    ] = 14400

    batch_size: Annotated[int, Field(ge=1, le=5000, description="Messages per batch.")] = 500
    lanes: Annotated[int, Field(ge=1, le=32, description="Batches in flight at once.")] = 4
    rate: Annotated[float, Field(gt=0, description="Most messages per second; never exceeded.")] = 5000.0
    batch_bytes: Annotated[int, Field(ge=2**20, description="Most bytes of message bodies per batch.")] = 32 * 2**20
    slow_write_seconds: Annotated[float, Field(gt=0, description="A batch written more slowly halves the pace.")] = 5.0

    visibility_timeout_seconds: Annotated[
        int,
        Field(ge=4, le=43200, description="Seconds a received message stays hidden; extended while it is in work."),
    ] = 30
    wait_time_seconds: Annotated[int, Field(ge=1, le=20, description="Seconds a long poll waits for messages.")] = 1
    empty_polls: Annotated[int, Field(ge=1, description="Empty long polls in a row before the queue may be empty.")] = 3
    patience_seconds: Annotated[
        float, Field(ge=0, description="Seconds a run waits for messages that are in flight elsewhere to come back.")
    ] = 60.0
    defer_seconds: Annotated[
        float,
        Field(gt=0, description="Seconds a deferred message is hidden after its first receive; doubles with each."),
    ] = 2.0

    store_timeout_seconds: Annotated[float, Field(gt=0, description="Seconds before a MongoDB call gives up.")] = 5.0
    task_retries: Annotated[int, Field(ge=0, le=20, description="Retries of a step before the run halts.")] = 5
    retry_seconds: Annotated[float, Field(gt=0, description="Seconds before the first retry; doubles with each.")] = 1.0

    breaker_window: Annotated[int, Field(ge=1, description="The latest messages that the breaker counts.")] = 200
    breaker_minimum: Annotated[int, Field(ge=1, description="Messages before the breaker may trip.")] = 20
    breaker_threshold: Annotated[
        float, Field(gt=0, le=1, description="Share of unexpected failures at which a run halts.")
    ] = 0.5

    alarm_topic: str = Field("reclaim-alarms", description="The SNS topic that alarms notify.")
    alarm_queue: str = Field(
        "reclaim-alarm-notifications", description="The SQS queue that subscribes to the topic and that watching reads."
    )
    alarm_period_seconds: Annotated[
        int, Field(ge=10, description="Seconds of an alarm's period: 10, 30 or a multiple of 60.")
    ] = 60
    alarm_depth: Annotated[int, Field(ge=1, description="Unrecovered messages at which an alarm goes off.")] = 1
    alarm_growth: Annotated[
        float, Field(gt=0, description="Messages per second of growth at which an alarm goes off.")
    ] = 1.0
    alarm_retention_percent: Annotated[
        float, Field(gt=0, le=100, description="Percent of its retention at which the oldest message is an alarm.")
    ] = 50.0
    alarm_latency_seconds: Annotated[
        float, Field(gt=0, description="Seconds from received to settled (p95) at which an alarm goes off.")
    ] = 60.0
    alarm_quarantine_percent: Annotated[
        float, Field(gt=0, le=100, description="Percent of a run's messages in quarantine at which an alarm goes off.")
    ] = 10.0
    alarm_idle_hours: Annotated[
        float, Field(gt=0, description="Hours without a recovery that came to its end at which an alarm goes off.")
    ] = 24.0
    watch_sample_messages: Annotated[
        int, Field(ge=1, le=1000, description="Messages that a check reads to estimate age and money.")
    ] = 200
    watch_sample_seconds: Annotated[
        float, Field(gt=0, description="Seconds for which such a reading is good; each raises receive counts.")
    ] = 3600.0
    watch_pause_seconds: Annotated[
        float, Field(gt=0, description="Seconds until a lasting alarm asks for another recovery.")
    ] = 900.0

    notify_url: SecretStr | None = Field(
        None,
        description="Who is notified of runs that halt, wait or fail: a webhook, a Slack webhook, or `mailto://` and"
        " whatever else Apprise supports.",
    )
    notify_retention_percent: Annotated[
        float, Field(gt=0, le=100, description="Percent of its retention at which a message causes a notification.")
    ] = 80.0

    @field_validator("contract")
    @classmethod
    def _is_named(cls, contract: str) -> str:
        return contract or DEFAULT

    @field_validator("alarm_period_seconds")
    @classmethod
    def _is_a_period(cls, seconds: int) -> int:
        if seconds not in (10, 30) and seconds % 60:
            raise ValueError("CloudWatch knows periods of 10, 30 and multiples of 60 seconds")
        return seconds

    @property
    def tracking_key_bytes(self) -> bytes:
        """The key that derives identities, however short; empty where there is none."""
        return _bytes_of(self.tracking_key)

    @property
    def evidence_key_bytes(self) -> bytes:
        """The key that signs evidence; empty where there is none."""
        return _bytes_of(self.evidence_key)

    def require_tracking_key(self) -> bytes:
        """The key's bytes.

        Raises:
            SettingsError: there is none, or it is too short to be safe.
        """
        key = self.tracking_key_bytes
        if len(key) < MIN_KEY_BYTES:
            problem = f"is only {len(key)} bytes long" if key else "is not set"
            raise SettingsError(
                f"RECLAIM_TRACKING_KEY {problem}, so no identity can be derived and nothing was touched.",
                f"Set it to the {MIN_KEY_BYTES} bytes or more that the tracking service uses.",
            )
        return key


def _bytes_of(key: SecretStr | None) -> bytes:
    """The environment holds bytes; those that are no UTF-8 arrive as escapes, and are a key like any other."""
    return key.get_secret_value().encode(errors="surrogateescape") if key else b""


def read_settings() -> Settings:
    """The settings as the environment has them now; what it leaves empty comes from the contract.

    Raises:
        SettingsError: one is missing or out of bounds; the sentence names it.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "RECLAIM_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"{name} is not usable: {first['msg'].removeprefix('Value error, ')}.", "Correct it and try again."
        ) from error
    contract = load_contract(settings.contract)
    rules = contract.repair_rules and beside_contract(settings.contract, contract.repair_rules)
    return settings.model_copy(
        update={
            "queue": settings.queue or contract.dead_letter_queue,
            "source_queue": settings.source_queue or contract.source_queue,
            "checklist": settings.checklist or beside_contract(settings.contract, contract.checklist),
            "repair_rules": settings.repair_rules or rules,
        }
    )
