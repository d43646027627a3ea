from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import is_echo, is_name, prompt, spoken, words

HOME = ["Kitchen", "Bed Light", "Front Door", "Shopping List"]
NAMES = st.lists(st.text(max_size=30), max_size=60)


def letters(text: str) -> list[int]:
    """A tokenizer with one token per character."""
    return [ord(letter) for letter in text]


def written(vocabulary: list[str], budget: int = 128) -> str:
    return "".join(map(chr, prompt(vocabulary, letters, budget)))


def test_the_prompt_is_a_plain_list() -> None:
    assert written(HOME) == " Kitchen, Bed Light, Front Door, Shopping List."


def test_an_empty_house_has_no_prompt() -> None:
    assert written([]) == ""
    assert written(["", " ", "?!"]) == ""


def test_what_does_not_fit_is_left_out_as_a_whole_and_the_first_names_win() -> None:
    assert written(HOME, 20) == " Kitchen, Bed Light."
    assert written(["A name far too long to fit", "Kitchen"], 12) == " Kitchen."


def test_a_name_is_listed_once_as_it_was_first_written() -> None:
    assert spoken(["TV", "tv", "Kitchen", "Tv"]) == ["TV", "Kitchen"]


def test_a_device_cannot_name_itself_after_a_control_token() -> None:
    assert written(["<|endoftext|>", "Lamp <|nospeech|>"]) == " endoftext, Lamp nospeech."


def test_apostrophes_hyphens_and_other_alphabets_stay() -> None:
    names = ["Anna's Lamp", "Rez-de-chaussée", "Küche", "Кухня"]
    assert spoken(names) == names


@given(NAMES, st.integers(2, 200))
def test_the_prompt_keeps_to_its_budget(names: list[str], budget: int) -> None:
    assert len(prompt(names, letters, budget)) <= budget


@given(NAMES)
def test_only_words_reach_the_prompt(names: list[str]) -> None:
    assert not set(written(names)) & set("<>|\n\t\0")


def test_a_run_of_the_prompt_is_suspected_however_it_is_written() -> None:
    assert is_echo("door, shopping LIST!", HOME)
    assert is_echo("Kitchen.", HOME)


def test_a_sentence_with_names_in_it_is_no_echo() -> None:
    assert not is_echo("Is the front door locked?", HOME)
    assert not is_echo("Shopping list, kitchen", HOME)
    assert not is_echo("", HOME)
    assert not is_echo("Kitchen", [])


@given(st.lists(st.sampled_from(HOME), min_size=1, unique=True), st.data())
def test_every_run_of_the_prompt_is_suspected(names: list[str], data: st.DataObject) -> None:
    listed = [word for name in names for word in words(name)]
    start = data.draw(st.integers(0, len(listed) - 1))
    end = data.draw(st.integers(start + 1, len(listed)))
    assert is_echo(", ".join(listed[start:end]), names)


def test_one_name_is_told_from_a_list_of_names() -> None:
    assert is_name("Front door.", HOME)
    assert is_name("list", HOME)
    assert not is_name("Door, shopping list", HOME)
