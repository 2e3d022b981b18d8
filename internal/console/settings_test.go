package console_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

func TestSettingsAreSound(t *testing.T) {
	const day = 24 * time.Hour
	if err := console.DefaultSettings().Validate(); err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	for _, test := range []struct {
		name  string
		patch console.SettingsPatch
		field string
	}{
		{"a name", console.SettingsPatch{Organization: new(strings.Repeat("é", 100))}, ""},
		{"too long a name", console.SettingsPatch{Organization: new(strings.Repeat("é", 101))}, "organization"},
		{"two lines", console.SettingsPatch{Organization: new("a\nb")}, "organization"},
		{"a minute's pause", console.SettingsPatch{SessionIdle: new(time.Minute)}, ""},
		{"less", console.SettingsPatch{SessionIdle: new(time.Minute - 1)}, "session_idle"},
		{"longer than it may last", console.SettingsPatch{SessionIdle: new(13 * time.Hour)}, "session_absolute"},
		{"more than a day's pause", console.SettingsPatch{SessionIdle: new(25 * time.Hour), SessionAbsolute: new(30 * day)}, "session_idle"},
		{"thirty days", console.SettingsPatch{SessionAbsolute: new(30 * day)}, ""},
		{"more", console.SettingsPatch{SessionAbsolute: new(30*day + 1)}, "session_absolute"},
		{"for ever", console.SettingsPatch{Retention: new(time.Duration(0))}, ""},
		{"a day", console.SettingsPatch{Retention: new(day)}, ""},
		{"less than a day", console.SettingsPatch{Retention: new(day - 1)}, "retention"},
		{"too many days", console.SettingsPatch{Retention: new(3651 * day)}, "retention"},
		{"no window", console.SettingsPatch{RetentionWindow: new(time.Duration(0))}, ""},
		{"a window of a day", console.SettingsPatch{RetentionWindow: new(day)}, ""},
		{"a longer window", console.SettingsPatch{RetentionWindow: new(day + 1)}, "retention_window"},
		{"before all time", console.SettingsPatch{RetentionWindow: new(-time.Minute)}, "retention_window"},
	} {
		err := test.patch.Apply(console.DefaultSettings()).Validate()
		var known *console.Error
		if test.field == "" && err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if test.field != "" {
			known, _ = err.(*console.Error)
			if known == nil || known.Fields[test.field] == "" || len(known.Fields) != 1 {
				t.Errorf("%s: %v, want a problem with %s", test.name, err, test.field)
			}
		}
	}
}

func TestWhatIsFixedStays(t *testing.T) {
	all := console.SettingsPatch{
		Organization: new("new"), SessionIdle: new(time.Hour), SessionAbsolute: new(2 * time.Hour),
		Retention: new(48 * time.Hour), RetentionWindow: new(time.Minute),
	}
	if got := all.Without(all); got != (console.SettingsPatch{}) {
		t.Errorf("left is %+v", got)
	}
	if got := all.Without(console.SettingsPatch{SessionIdle: new(time.Minute)}); got.SessionIdle != nil || got.Organization != all.Organization || got.SessionAbsolute == nil {
		t.Errorf("left is %+v", got)
	}
}

func TestWhatIsFixedIsNotJudged(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		name         string
		fixed, patch console.SettingsPatch
		field        string
	}{
		{"a fixed pause beyond the limit", console.SettingsPatch{SessionIdle: new(2 * day), SessionAbsolute: new(60 * day)}, console.SettingsPatch{Organization: new("new")}, ""},
		{"a fixed end before the pause", console.SettingsPatch{SessionAbsolute: new(10 * time.Minute)}, console.SettingsPatch{}, "session_idle"},
		{"a fixed end after the pause", console.SettingsPatch{SessionAbsolute: new(10 * time.Minute)}, console.SettingsPatch{SessionIdle: new(5 * time.Minute)}, ""},
		{"beside a fixed one", console.SettingsPatch{SessionIdle: new(2 * day), SessionAbsolute: new(60 * day)}, console.SettingsPatch{Retention: new(time.Hour)}, "retention"},
		{"an end before a fixed pause", console.SettingsPatch{SessionIdle: new(2 * time.Hour)}, console.SettingsPatch{SessionAbsolute: new(time.Hour)}, "session_absolute"},
	} {
		err := test.fixed.Apply(test.patch.Apply(console.DefaultSettings())).ValidateBeside(test.fixed)
		known, _ := err.(*console.Error)
		if test.field == "" && err != nil || test.field != "" && (known == nil || known.Fields[test.field] == "" || len(known.Fields) != 1) {
			t.Errorf("%s: %v, want a problem with %q", test.name, err, test.field)
		}
	}
}
