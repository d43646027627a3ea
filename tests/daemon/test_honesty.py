"""What must never be said without evidence, and what may always be said."""

import pytest

from daemon.founded import unfounded
from daemon.honesty import UNKNOWN, claims_effect, invents_state
from memory.records import Source, Turn

NOTES = """\
[Tuesday 3 March 2026, 6:40 PM]
- bedroom temperature: 21.5 °C (2 minutes ago)
- bathroom humidity: 64 % (1 minute ago)
- garage temperature: -3.5 °C (1 minute ago)
- front door contact: closed (5 minutes ago)
- back door lock: unlocked (5 minutes ago)
- kitchen lamp: on (1 minute ago)
- hall lamp: off (1 minute ago)
- heating plug power: 1840 W (now)
- washing machine: idle (1 hour ago)
- today at 5:05 PM: The dryer finished.
- today at 4:10 PM: The garage door was opened.
- on 1 March 2026: The desk light was switched off."""

EFFECTS = """\
I've turned on the lamp.
I\u2019ve turned on the lamp.
I have turned off the kitchen light.
I have just turned off the kitchen light.
I've gone ahead and locked the door.
I turned on the lamp.
I just turned the lamp on.
I locked the front door for you.
I went ahead and dimmed the lights.
I'll turn on the light.
I will turn on the light when you come home.
I'll set a timer for ten minutes.
I'll remind you at five.
I'll let you know when the dryer is done.
I'll wake you at seven.
I'm turning on the light now.
I am now locking the door.
I'm going to play some jazz.
I'll be playing jazz.
I can turn on the lamp for you.
I can set a timer for you.
Would you like me to turn it off?
Let me turn that on for you.
Let me go ahead and set that timer.
Sure, turning on the lamp.
Turning on the kitchen light.
Okay, turning off all the lights.
Setting a timer for ten minutes.
Starting the timer now.
Playing some jazz.
Now playing jazz.
Playing music.
Locking the front door.
Locked the front door.
Turned off the lights.
Okay, set a timer for ten minutes.
Your timer is set.
Your timer is set for ten minutes.
Timer set for ten minutes.
The timer has started.
The alarm is now set for 7 AM.
Reminder created.
Milk has been added to your shopping list.
I've added milk to the list.
The message has been sent.
The lamp has been switched on.
The desk lamp has now been turned on.
The lights are being dimmed.
They have been turned off.
It has been turned off.
Kitchen light turned on.
Lights off.
The lamp turned on.
Done.
Done!
It's done.
All set!
Okay, done.
Consider it done.
Don't worry, I've locked the door.
I can't see it, but I've turned it on.
No problem, I'll switch it off.
Of course! I've started the dishwasher.
Sure thing, I've cancelled the alarm.
I've closed the blinds.
I've put on some music.
I've shut the garage door.
I've sent a message to Tom.
I've adjusted the thermostat to 21 degrees.
I've raised the temperature.
I've disarmed the alarm.
Your alarm will ring at seven.
The timer will go off in ten minutes.
Ten minutes, starting now.
I made sure the door is locked and turned off the lights."""

NO_EFFECTS = """\
I can't do that yet.
I can't turn on the lamp yet.
I can\u2019t turn on the lamp yet.
I cannot set timers yet.
I'm not able to lock the door.
I am unable to play music.
I won't turn it off.
I haven't turned on the lamp.
I don't know if I've locked the door.
I'm sorry, I can't switch devices yet.
I can answer questions, read the sensors in your home and recall what happened here.
I can tell you the temperature.
I can help with questions.
Thanks for telling me.
I'll remember that.
Okay.
Sure.
Open the window for ten minutes.
Set the oven to 180 degrees and bake for an hour.
Add the eggs and stir.
Turn the dough over.
Turn left at the church.
Turning off the tap while brushing saves water, and that is good.
Playing the piano takes practice.
Opening a bank account requires a passport.
Running is healthy.
Running a marathon takes four hours.
The museum has been closed since 2020.
The Suez Canal was opened in 1869.
The Eiffel Tower has been painted nineteen times.
The word was added to the dictionary in 1998.
Thomas Edison started the company in 1880.
The first call was made by Alexander Graham Bell.
The telephone was invented in 1876.
A play by Shakespeare.
He called his mother.
Leonardo da Vinci painted the Mona Lisa.
The dryer finished at 5:05 PM.
It's six in the evening.
The set of all primes is infinite.
You can turn on the lamp at its switch.
You should lock the door.
Call 112 in an emergency.
An alarm clock wakes people.
The desk light has been switched off.
It has been 70 years."""

INVENTED = [
    ("The front door is locked.", "is the front door locked?"),
    ("The front door is open.", "is the front door locked?"),
    ("The front door is not closed.", ""),
    ("The front door isn't closed.", ""),
    ("The back door is locked.", ""),
    ("Your back door is safely locked.", ""),
    ("The front door is closed and locked.", ""),
    ("Yes, the door is locked.", "is the front door locked?"),
    ("Yes, it is locked.", "is the front door locked?"),
    ("Yes, it's locked.", "is the front door locked?"),
    ("It's locked.", "is the front door locked?"),
    ("No, it isn't locked.", "is the front door locked?"),
    ("Don't worry, the front door is locked.", ""),
    ("Yes.", "is the window open?"),
    ("No.", "are the bedroom windows open?"),
    ("Yes, it is.", "is the oven off?"),
    ("Nope.", "did the dishwasher finish?"),
    ("The kitchen lamp is off.", ""),
    ("The hall lamp is on.", ""),
    ("The hall light is currently on.", ""),
    ("All lights in the bedroom are off.", ""),
    ("The light in the bedroom is on.", ""),
    ("The garage light is on.", ""),
    ("The oven is off.", "is the oven off?"),
    ("The alarm is armed.", ""),
    ("The windows are closed.", ""),
    ("The windows are all closed.", ""),
    ("Your garage door is closed.", ""),
    ("The washing machine is running.", ""),
    ("The dishwasher finished at 5:05 PM.", ""),
    ("The dryer finished at 4:50 PM.", "when did the dryer finish?"),
    ("It finished at 4:50 PM.", "when did the dryer finish?"),
    ("The dishwasher has finished.", ""),
    ("The dishwasher is done.", ""),
    ("The TV is on.", ""),
    ("The heating was turned off.", ""),
    ("It's 23 °C.", "what's the temperature?"),
    ("It's 1.5 °C in the bedroom.", "how warm is the bedroom?"),
    ("It is 40 degrees.", "how warm is it?"),
    ("It's 3.5 °C in the garage.", "how cold is the garage?"),
    ("It's twenty-three degrees in the bedroom.", "how warm is the bedroom?"),
    ("The bedroom is 23 °C.", "how warm is the bedroom?"),
    ("The bedroom temperature is 19 degrees.", ""),
    ("The temperature in the kitchen is 22 °C.", "how warm is the kitchen?"),
    ("The current temperature is 72 degrees.", "what's the temperature of the ecobee?"),
    ("It's 72 degrees.", "what's the temperature of the ecobee?"),
    ("Humidity in the bathroom is at 50 %.", ""),
    ("The battery of the door sensor is at 80 %.", ""),
    ("It's sunny today.", "what's the weather?"),
    ("The weather is nice today.", "what's the weather?"),
    ("It will rain tomorrow.", "will it rain tomorrow?"),
    ("It's sunny with a high of 25 °C.", "what's the weather like?"),
    ("Expect a few showers.", "do I need an umbrella?"),
    ("Nobody is home.", "is anybody home?"),
    ("Someone is at the door.", "who is at the door?"),
    ("Your keys are in the drawer.", "where are my keys?"),
    ("They are on the table.", "where did I put my keys?"),
    ("Tom is in the office.", "where is Tom?"),
]

SOUND = [
    ("The front door is closed.", ""),
    ("Yes, the front door is closed.", "is the front door closed?"),
    ("The front door is not open.", ""),
    ("No, it's closed.", "is the front door open?"),
    ("No.", "is the front door open?"),
    ("The back door is unlocked.", ""),
    ("The back door is not locked.", ""),
    ("The kitchen lamp is on.", ""),
    ("The light in the kitchen is on.", ""),
    ("The kitchen light is on.", ""),
    ("The hall lamp is off.", ""),
    ("The desk light was switched off.", ""),
    ("The washing machine is done.", ""),
    ("The washer is not running.", ""),
    ("Yes, the dryer finished at 5:05 PM.", "is the dryer done?"),
    ("It finished at 5:05 PM.", "when did the dryer finish?"),
    ("The garage door was opened at 4:10 PM.", ""),
    ("It's 21.5 °C in the bedroom.", "how warm is the bedroom?"),
    ("It's about 22 °C in the bedroom.", "how warm is the bedroom?"),
    ("It's -3.5 °C in the garage.", "how cold is the garage?"),
    ("The bedroom temperature is 21.5 degrees.", ""),
    ("The humidity in the bathroom is 64 percent.", ""),
    ("I don't know whether the garage door is locked.", "is the garage door locked?"),
    ("I don't know if the oven is off.", "is the oven off?"),
    ("I'm not sure whether the windows are closed.", ""),
    ("I can't tell whether the front door is locked.", ""),
    ("Make sure the oven is off.", ""),
    ("If the light is on, somebody is at home.", ""),
    ("When the machine is finished, it beeps.", ""),
    ("A door is open when it is not closed.", ""),
    ("I don't know where your keys are.", "where are my keys?"),
    ("Your bike is in the garage.", "where is my bike?"),
    ("Rome is in the centre of Italy.", "where is Rome?"),
    ("The Louvre is in Paris.", "where is the Louvre?"),
    ("Everyone is equal before the law.", "what is equality?"),
    ("I don't know the weather.", "what's the weather?"),
    ("I don't know whether it will rain.", "will it rain tomorrow?"),
    ("Rain is water that falls from clouds.", "what is rain?"),
    ("The Louvre is open on Sundays.", "is the Louvre open on Sundays?"),
    ("It is open on Sundays.", "is the Louvre open on Sundays?"),
    ("Yes.", "is Paris in France?"),
    ("Yes, it is.", "is Paris the capital of France?"),
    ("Water boils at 100 °C.", "when does water boil?"),
    ("It's 100 °C at sea level.", "what is the boiling point of water?"),
    ("It's about 5,500 °C.", "how hot is the sun?"),
    ("It's 41 °F.", "what is 5 degrees celsius in fahrenheit?"),
    ("It's 20 percent.", "what is 10 of 50 in percent?"),
    ("It's 20 percent.", "what percentage of 50 is 10?"),
    ("Normal body temperature is 37 °C.", ""),
    ("The ideal bedroom temperature is 18 °C.", "how warm should a bedroom be?"),
    ("Bake it at 180 degrees.", ""),
    ("The chicken is done at 74 °C.", ""),
    ("It's six forty.", "what time is it?"),
    ("It's 6:40 PM.", "what time is it?"),
    ("The store was closed in 1990.", ""),
    ("World War II ended in 1945.", "when did the war end?"),
    ("The Berlin Wall was opened in 1989.", ""),
    ("Windows is an operating system.", ""),
    ("The Beatles started in Liverpool.", ""),
    ("The light bulb was invented by Edison.", "who invented the light bulb?"),
    ("Light is an electromagnetic wave.", ""),
    ("Music is sound in time.", ""),
    ("A car runs on petrol.", ""),
    ("Carbon makes up 18 percent of the human body.", ""),
    ("Oxygen makes up 21 % of the air.", ""),
]


@pytest.mark.parametrize("clause", EFFECTS.splitlines())
def test_a_claimed_effect_is_caught(clause: str) -> None:
    assert claims_effect(clause)


@pytest.mark.parametrize("clause", NO_EFFECTS.splitlines())
def test_what_claims_no_effect_may_be_said(clause: str) -> None:
    assert not claims_effect(clause, NOTES)


@pytest.mark.parametrize(("clause", "asked"), INVENTED)
def test_an_invented_state_is_caught(clause: str, asked: str) -> None:
    assert invents_state(clause, NOTES, asked)


@pytest.mark.parametrize(("clause", "asked"), SOUND)
def test_what_the_notes_say_and_what_is_about_the_world_may_be_said(
    clause: str, asked: str
) -> None:
    assert not invents_state(clause, NOTES, asked)


@pytest.mark.parametrize(
    ("clause", "asked"), [(c, a) for c, a in INVENTED if "5:05" not in c and "4:50" not in c]
)
def test_without_notes_every_state_is_invented(clause: str, asked: str) -> None:
    assert invents_state(clause, "", asked)


def test_what_the_notes_say_was_done_may_be_said() -> None:
    done = "The desk light has been switched off."
    assert claims_effect(done)
    assert not claims_effect(done, NOTES)


HOME = """\
[Tuesday 3 March 2026, 6:40 PM]
- kitchen ceiling light: on (2 minutes ago)
- kitchen strip light: off (2 minutes ago)
- desk lamp in the office: on (2 minutes ago)
- front door in the hall: locked (2 minutes ago)
- hall front door contact: open (2 minutes ago)
- living room thermostat: heating, set to 21 °C, 19.5 °C now (2 minutes ago)
- bedroom blinds: open, at 30 % (2 minutes ago)
- living room speaker: playing (2 minutes ago)
- kitchen ceiling light brightness: 40 % (2 minutes ago)
- shed lamp: away, was on (3 hours ago)
- lights: 17 off, 3 on
- rosie: docked (2 minutes ago)
- hall motion: none (just now)
- alarm: armed away (1 hour ago)
- today at 5:05 PM: The hall lamp, the attic lamp and 4 more were switched off.
- today at 4:10 PM: The back door was unlocked."""
"""Notes as sensors/telling.py writes them, and passages as sensors/notable.py does."""

TOLD = [
    ("The kitchen ceiling is on.", ""),
    ("The kitchen light is on.", ""),
    ("The kitchen ceiling light is on.", "is the kitchen light on"),
    ("Yes, it's on.", "is the kitchen light on?"),
    ("The desk lamp is on.", ""),
    ("The desk lamp in the office is on.", ""),
    ("The light in the office is on.", ""),
    ("No, the kitchen strip is off.", "is the kitchen strip on"),
    ("The front door is locked.", ""),
    ("Yes, the front door is locked.", "is the front door locked?"),
    ("The front door in the hall is locked.", ""),
    ("The thermostat is heating.", ""),
    ("The thermostat is set to 21 °C.", "what is the thermostat set to?"),
    ("It's 19.5 °C in the living room.", "how warm is it in the living room?"),
    ("The heating is on.", "is the heating on?"),
    ("The blinds are open.", "are the blinds open?"),
    ("The bedroom blinds are open at 30 percent.", ""),
    ("The living room speaker is playing.", ""),
    ("Music is playing in the living room.", "is music playing?"),
    ("The brightness is 40 percent.", "how bright is the kitchen light"),
    ("Three lights are on.", "how many lights are on?"),
    ("17 lights are off.", "how many lights are off?"),
    ("Rosie is docked.", ""),
    ("The alarm is armed.", ""),
    ("The hall lamp was switched off at 5:05 PM.", ""),
    ("The back door was unlocked at 4:10 PM.", ""),
    ("The shed lamp was on.", ""),
    ("I can't reach the shed lamp right now; it was on three hours ago.", ""),
    ("Everything is locked.", "is everything locked?"),
]

UNTRUE = [
    ("The kitchen ceiling light is off.", ""),
    ("The kitchen ceiling is off.", "is the kitchen ceiling on"),
    ("The bathroom light is on.", ""),
    ("The desk lamp is off.", ""),
    ("The front door is unlocked.", ""),
    ("The front door is closed.", ""),
    ("The back door is locked.", ""),
    ("The thermostat is set to 25 °C.", "what is the thermostat set to?"),
    ("The thermostat is off.", ""),
    ("The thermostat is cooling.", ""),
    ("The blinds are closed.", ""),
    ("The blinds in the kitchen are open.", ""),
    ("The bedroom blinds are at 70 percent.", ""),
    ("The living room speaker is paused.", ""),
    ("All lights are off.", ""),
    ("All the lights are off.", "are all lights off"),
    ("Every light is off.", ""),
    ("No lights are on.", "are any lights on"),
    ("Five lights are on.", "how many lights are on"),
    ("Everything is closed.", "is everything closed?"),
    ("The shed lamp is on.", ""),
    ("Yes, it's on.", "is the shed lamp on"),
    ("The alarm is disarmed.", ""),
    ("The brightness is 80 percent.", "how bright is the kitchen light"),
    ("The hall lamp was switched off at 6:05 PM.", ""),
    ("Rosie is cleaning.", "is rosie cleaning"),
]


@pytest.mark.parametrize(("clause", "asked"), TOLD)
def test_what_is_told_of_the_home_vouches_for_it(clause: str, asked: str) -> None:
    assert not invents_state(clause, HOME, asked)
    assert not claims_effect(clause, HOME)


@pytest.mark.parametrize(("clause", "asked"), UNTRUE)
def test_what_the_home_says_otherwise_is_caught(clause: str, asked: str) -> None:
    assert invents_state(clause, HOME, asked)


@pytest.mark.parametrize(("clause", "asked"), TOLD)
def test_notes_count_without_their_bullets(clause: str, asked: str) -> None:
    assert not invents_state(clause, HOME.replace("\n- ", "\n"), asked)
    assert all(invents_state(one, HOME.replace("\n- ", "\n"), about) for one, about in UNTRUE)


def test_what_was_noted_before_does_not_vouch_for_now() -> None:
    now, before = "hall lamp: on (just now)", "hall lamp: off (2 minutes ago)"
    assert invents_state("The hall lamp is off.", f"{now}\n{before}")
    assert not invents_state("The hall lamp is on.", f"{now}\n{before}")
    assert not invents_state("All the lamps are on.", f"{now}\n{before}", "are all the lamps on?")


def test_passages_of_one_day_all_count() -> None:
    for when in ("on 1 March 2026", "today at 5:05 PM"):
        day = f"{when}: The hall lamp was switched off.\n{when}: The dryer finished."
        assert not invents_state("The dryer finished.", day)
        assert not invents_state("The hall lamp was switched off.", day)


@pytest.mark.parametrize(
    ("asked", "note", "said"),
    [
        ("is the kitchen light on", "kitchen ceiling light: off (just now)",
         "The kitchen ceiling light is off."),
        ("are the blinds open", "bedroom blinds: closed (just now)", UNKNOWN),
        ("are the bedroom blinds open", "bedroom blinds: closed (just now)",
         "The bedroom blinds are closed."),
        ("is the garage door open", "garage temperature: 9.5 °C (just now)", UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_sensor_says_takes_the_place_of_what_was_invented(
    asked: str, note: str, said: str
) -> None:
    turn = Turn("t", "s", 0.0, "text", asked=asked, sources=[Source(0, note, 1.0, "mqtt:x")])
    invented = "The light is on and the blinds are open and the garage door is open."
    assert unfounded(invented, invented, turn, note) == said
