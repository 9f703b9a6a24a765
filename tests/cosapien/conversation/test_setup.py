"""Where the config stands in the conversation, and what may be put around it."""

import asyncio
from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelName
from inspect_ai.solver import TaskState

from cosapien import (
    OVERRIDES,
    PLACEMENTS,
    Record,
    SafetyConfig,
    UserError,
    insert_turns,
    record_to_sample,
    remove_config,
    render_config,
    safety_config,
    sample_record,
)

CONFIG = "Talk about trains, paragraph 4711. Never talk about boats."
PROMPT = "When does the train leave?"
BEFORE, AFTER = (files("cosapien") / "data" / "handbook.md").read_text("utf-8").split("{config}")
FORM = sorted(OVERRIDES)[0]
EACH = pytest.mark.parametrize("placement", PLACEMENTS)
ANY_OVERRIDE = pytest.mark.parametrize("override", ["none", FORM, "seeded"])


def fresh(prompt=PROMPT, config=CONFIG, record_id="r1"):
    """A state as Inspect makes it from a record, before any solver."""
    sample = record_to_sample(Record(record_id, SafetyConfig("desk", config), prompt, "allowed"))
    return TaskState(
        model=ModelName("none/none"),
        sample_id=sample.id,
        epoch=1,
        input=sample.input,
        messages=[ChatMessageUser(content=sample.input)],
        metadata=dict(sample.metadata),
    )


def ready(*args, prompt=PROMPT, config=CONFIG, record_id="r1", **kwargs):
    """A state that `safety_config` has set up."""

    async def no_generate(*_args, **_kwargs):
        raise AssertionError("a setup step asks no model")

    state = fresh(prompt, config, record_id)
    return asyncio.run(safety_config(*args, **kwargs)(state, no_generate))


def demos(*pairs):
    return [
        turn
        for question, reply in pairs
        for turn in (ChatMessageUser(content=question), ChatMessageAssistant(content=reply))
    ]


DEMOS = [("Which platform?", "Platform 3."), ("And the boat?", "Ask elsewhere.")]
SPOKEN = ["Which platform?", "Platform 3.", "And the boat?", "Ask elsewhere."]


def spoken(state):
    return [(message.role, message.text) for message in state.messages]


def wrapped(form, prompt=PROMPT):
    before, after = OVERRIDES[form].split("{prompt}")
    return before + prompt + after


def final_turn(state, prompt=PROMPT):
    """The user's turn that belongs to a state: the prompt, or the prompt in its override."""
    form = state.metadata.get("override")
    return prompt if form is None else wrapped(form, prompt)


# --- placements ------------------------------------------------------------------------------


def test_the_config_is_the_system_message_by_default():
    assert spoken(ready("bare")) == [("system", CONFIG), ("user", PROMPT)]
    (role, text), user = spoken(ready())
    assert (role, user) == ("system", ("user", PROMPT))
    assert text.endswith(f"# Safety guideline\n\n{CONFIG}")


def test_the_config_heads_the_user_turn():
    assert spoken(ready("bare", "user")) == [("user", f"{CONFIG}\n\n{PROMPT}")]


def test_the_config_is_one_section_of_the_handbook():
    assert spoken(ready("bare", "buried")) == [
        ("system", BEFORE + CONFIG + AFTER),
        ("user", PROMPT),
    ]


@EACH
@pytest.mark.parametrize("template", ["bare", "guideline"])
@ANY_OVERRIDE
def test_the_config_stands_there_once_whatever_else_is_said(placement, template, override):
    state = ready(template, placement, override)
    insert_turns(state, demos(*DEMOS))
    whole = "\n".join(text for _, text in spoken(state))
    assert whole.count("paragraph 4711") == 1
    assert render_config(SafetyConfig("desk", CONFIG), template) in whole
    assert "paragraph 4711" in state.messages[0].text


# --- overrides -------------------------------------------------------------------------------


@EACH
def test_no_override_leaves_no_trace(placement):
    state = ready("bare", placement)
    assert state.user_prompt.text.endswith(PROMPT)
    assert "override" not in state.metadata


@EACH
@pytest.mark.parametrize("form", OVERRIDES)
def test_a_named_override_wraps_the_prompt_and_is_named_in_the_metadata(placement, form):
    state = ready("bare", placement, form)
    head = f"{CONFIG}\n\n" if placement == "user" else ""
    assert state.user_prompt.text == head + wrapped(form)
    assert state.metadata["override"] == form


def test_a_seeded_override_is_drawn_per_record_and_by_the_seed():
    def draw(seed):
        return [ready("bare", "system", "seeded", seed, record_id=f"r{n}") for n in range(100)]

    one, other = draw(0), draw(1)
    forms = [state.metadata["override"] for state in one]
    assert [state.user_prompt.text for state in one] == [wrapped(form) for form in forms]
    assert len(set(forms)) > 8  # of 12; 100 draws miss a given form once in 6,000 times
    assert forms == [state.metadata["override"] for state in draw(0)]
    same = sum(a == state.metadata["override"] for a, state in zip(forms, other, strict=True))
    assert same < 30  # expected 100 / 12 = 8


@EACH
@ANY_OVERRIDE
def test_the_judges_prompt_is_the_records_own(placement, override):
    state = ready("guideline", placement, override)
    insert_turns(state, demos(*DEMOS))
    record = sample_record(state)
    assert (record.prompt, record.config.text, record.id) == (PROMPT, CONFIG, "r1")
    assert state.input_text == PROMPT


# --- turns in between, and no config at all --------------------------------------------------


@pytest.mark.parametrize(
    ("placement", "system"), [("system", CONFIG), ("buried", BEFORE + CONFIG + AFTER)]
)
@ANY_OVERRIDE
def test_turns_stand_between_the_system_message_and_the_prompt(placement, system, override):
    state = ready("bare", placement, override)
    insert_turns(state, demos(*DEMOS))
    roles = ["system", "user", "assistant", "user", "assistant", "user"]
    texts = [system, *SPOKEN, final_turn(state)]
    assert spoken(state) == list(zip(roles, texts, strict=True))


@ANY_OVERRIDE
def test_the_config_moves_to_the_first_of_the_user_turns(override):
    state = ready("bare", "user", override)
    insert_turns(state, demos(*DEMOS))
    roles = ["user", "assistant", "user", "assistant", "user"]
    texts = [f"{CONFIG}\n\nWhich platform?", *SPOKEN[1:], final_turn(state)]
    assert spoken(state) == list(zip(roles, texts, strict=True))
    insert_turns(state, demos(("Hello?", "Hello.")))  # and moves again
    assert spoken(state)[:3] == [
        ("user", f"{CONFIG}\n\nHello?"),
        ("assistant", "Hello."),
        ("user", "Which platform?"),
    ]


@EACH
def test_no_turns_change_nothing(placement):
    state = ready("bare", placement)
    before = spoken(state)
    insert_turns(state, [])
    assert spoken(state) == before


@EACH
def test_the_turns_that_were_given_stay_as_they_were(placement):
    turns = demos(*DEMOS)
    states = [ready("bare", placement) for _ in range(2)]
    for state in states:
        insert_turns(state, turns)
    assert [turn.text for turn in turns] == SPOKEN
    assert all(turn.metadata is None for turn in turns)
    assert spoken(states[0]) == spoken(states[1])


@EACH
@ANY_OVERRIDE
@pytest.mark.parametrize("pairs", [[], DEMOS])
def test_without_its_config_the_conversation_is_the_plain_one(placement, override, pairs):
    state = ready("guideline", placement, override)
    insert_turns(state, demos(*pairs))
    remove_config(state)
    roles = ["user", "assistant"] * len(pairs) + ["user"]
    texts = [text for pair in pairs for text in pair] + [final_turn(state)]
    assert spoken(state) == list(zip(roles, texts, strict=True))
    assert all(message.metadata is None for message in state.messages)
    with pytest.raises(ValueError, match="sample r1 has no safety config in its conversation"):
        remove_config(state)


TEXT = st.text(min_size=1) | st.lists(
    st.sampled_from(["{config}", "{prompt}", "{text}", "{", "}", "\n\n", "\n", " ", "\\1", "tea"]),
    min_size=1,
).map("".join)


@given(
    prompt=TEXT,
    config=TEXT,
    pairs=st.lists(st.tuples(TEXT, TEXT), max_size=3),
    template=st.sampled_from(["bare", "guideline"]),
    placement=st.sampled_from(PLACEMENTS),
    override=st.sampled_from(["none", "seeded", *OVERRIDES]),
)
@example("tea\n\nor tea\n\n?", "tea", [("tea\n\n", "tea")], "bare", "user", "none")
@example("tea\n\nor tea\n\n?", "tea", [], "bare", "user", "none")
def test_any_texts_come_back_out(prompt, config, pairs, template, placement, override):
    state = ready(template, placement, override, prompt=prompt, config=config)
    insert_turns(state, demos(*pairs))
    said = [text for pair in pairs for text in pair] + [final_turn(state, prompt)]
    text = render_config(SafetyConfig("desk", config), template)
    texts = [text for _, text in spoken(state)]
    if placement == "user":
        assert texts == [f"{text}\n\n{said[0]}", *said[1:]]
    else:
        system = BEFORE + text + AFTER if placement == "buried" else text
        assert texts == [system, *said]
    assert config in texts[0]
    remove_config(state)
    assert [text for _, text in spoken(state)] == said
    assert sample_record(state).prompt == prompt


# --- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"template": "poem"}, "unknown template 'poem': expected one of guideline, bare"),
        ({"placement": "top"}, "unknown placement 'top': expected one of system, user, buried"),
        ({"placement": None}, "unknown placement None: expected one of system, user, buried"),
        ({"override": "bribe"}, "unknown override 'bribe': expected one of none, seeded, "),
        ({"override": FORM.upper()}, "unknown override '"),
        ({"override": ""}, "unknown override '': expected one of none, seeded, "),
    ],
)
def test_an_unknown_value_is_the_users_error(parameters, expected):
    with pytest.raises(UserError, match=expected) as error:
        safety_config(**parameters)
    assert len(str(error.value).splitlines()) == 1


def test_a_state_without_a_config_is_not_touched():
    state = fresh()
    with pytest.raises(ValueError, match="sample r1 has no safety config in its conversation"):
        insert_turns(state, demos(*DEMOS))
    with pytest.raises(ValueError, match="sample r1 has no safety config in its conversation"):
        remove_config(state)
    assert spoken(state) == [("user", PROMPT)]


def test_a_sample_of_another_benchmark_has_no_config():
    async def nothing(state):
        return state

    state = fresh()
    state.metadata.clear()
    with pytest.raises(ValueError, match="sample r1 is not a safety benchmark sample"):
        asyncio.run(safety_config()(state, nothing))
