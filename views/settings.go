package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"latchkey/internal/console"
	"latchkey/views/ui"
)

// SettingsProps is the page of what holds for everybody, as typed so far.
type SettingsProps struct {
	// Stored is what is in effect now; Fixed are those that the program was
	// started with.
	Stored console.Settings
	Fixed  console.SettingsPatch
	// Version is that of the settings that the form is based on.
	Version int
	// Typed is what stands in the fields, by their names.
	Typed  map[string]string
	Errors map[string]string
	// Changed says that somebody else saved a change meanwhile.
	Changed  string
	CanWrite bool
}

// A setting is one field of the form.
type setting struct {
	name, label, hint, kind string
	// variable is the environment variable that fixes it, and fixed whether it does.
	variable string
	fixed    bool
	// least and top are what the field takes at least and at most, and wrong what
	// to say of anything else.
	least time.Duration
	top   time.Duration
	unit  time.Duration
	wrong string
	// value is what is in effect, as the field shows it; said is that in words.
	value, said string
}

// In what the fields count.
const (
	SettingsIdleUnit     = time.Minute
	SettingsAbsoluteUnit = time.Hour
	SettingsKeepUnit     = 24 * time.Hour
	SettingsWindowUnit   = time.Minute
)

func amount(d, unit time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// StoredSettings is what the fields show of s.
func StoredSettings(s console.Settings) map[string]string {
	return map[string]string{
		"organization":     s.Organization,
		"session_idle":     amount(s.Sessions.Idle, SettingsIdleUnit),
		"session_absolute": amount(s.Sessions.Absolute, SettingsAbsoluteUnit),
		"retention":        amount(s.Retention, SettingsKeepUnit),
		"retention_window": amount(s.RetentionWindow, SettingsWindowUnit),
	}
}

func (p SettingsProps) groups() [][]setting {
	stored := StoredSettings(p.Stored)
	kept := stored["retention"] + " days"
	if p.Stored.Retention == 0 {
		kept = "for ever"
	}
	return [][]setting{
		{
			{name: "organization", label: "Organization", hint: "Stands beside the product’s name.", kind: "text", variable: "LATCHKEY_ORGANIZATION", fixed: p.Fixed.Organization != nil, value: stored["organization"], said: stored["organization"]},
		},
		{
			{name: "session_idle", least: console.SessionLeast, top: console.SessionIdleLimit, unit: SettingsIdleUnit, wrong: console.SessionIdleRange, label: "Minutes until a session that pauses ends", hint: "1 minute to 24 hours.", kind: "number", variable: "LATCHKEY_SESSION_IDLE", fixed: p.Fixed.SessionIdle != nil, value: stored["session_idle"], said: stored["session_idle"] + " minutes"},
			{name: "session_absolute", least: console.SessionLeast, top: console.SessionAbsoluteLimit, unit: SettingsAbsoluteUnit, wrong: console.SessionAbsoluteRange, label: "Hours until any session ends", hint: "At most 30 days. A shorter time ends sessions that have lasted longer at once.", kind: "number", variable: "LATCHKEY_SESSION_ABSOLUTE", fixed: p.Fixed.SessionAbsolute != nil, value: stored["session_absolute"], said: stored["session_absolute"] + " hours"},
		},
		{
			{name: "retention", top: console.RetentionLimit, unit: SettingsKeepUnit, wrong: console.RetentionRange, label: "Days that ended tokens are kept", hint: "Then they are removed; the audit log goes on telling of them. 0 keeps them for ever.", kind: "number", variable: "LATCHKEY_RETENTION", fixed: p.Fixed.Retention != nil, value: stored["retention"], said: kept},
			{name: "retention_window", top: console.RetentionWindowLimit, unit: SettingsWindowUnit, wrong: console.RetentionWindowRange, label: "Minutes that an expired token stays on its repository’s page", hint: "The status filter shows the rest.", kind: "number", variable: "LATCHKEY_RETENTION_WINDOW", fixed: p.Fixed.RetentionWindow != nil, value: stored["retention_window"], said: stored["retention_window"] + " minutes"},
		},
	}
}

var settingsGroups = []string{"Organization", "Sessions", "Retention"}

var settingsFields = []string{"organization", "session_idle", "session_absolute", "retention", "retention_window"}

func (p SettingsProps) dialog() ui.DialogProps {
	return ui.DialogProps{Title: "Settings", Text: "They hold for everybody, at once.", Size: "lg", Page: true, Back: SettingsPath()}
}

func (p SettingsProps) form() ui.FormProps {
	return ui.FormProps{ID: "settings-form", Action: SettingsPath(), Gate: true, Attrs: templ.Attributes{"hx-boost": "false"}}
}

func (p SettingsProps) field(s setting) ui.FieldProps {
	now := ""
	if p.Changed != "" && p.Typed[s.name] != s.value {
		now = s.said
	}
	return ui.FieldProps{ID: "f-" + s.name, Label: s.label, Hint: s.hint, Optional: s.kind == "text", Required: s.kind != "text", Error: p.Errors[s.name], Now: now}
}

func (p SettingsProps) attrs(s setting) templ.Attributes {
	attrs := templ.Attributes{"autocomplete": "off"}
	if s.kind == "number" {
		attrs["min"], attrs["step"], attrs["inputmode"] = amount(s.least, s.unit), "any", "decimal"
		attrs["max"], attrs["data-wrong"] = amount(s.top, s.unit), s.wrong
	} else {
		attrs["data-max"] = "100"
	}
	if len(p.Errors) == 0 {
		return attrs
	}
	return focusFirst(p.Errors, s.name, attrs, settingsFields...)
}

// PreferencesProps is the page of how one person wants to see the console.
type PreferencesProps struct {
	Preferences console.Preferences
	// Browser is the zone that the browser says.
	Browser string
	Errors  map[string]string
}

var preferencesThemes = []ui.Option{{Value: "system", Label: "Same as the system"}, {Value: "light", Label: "Light"}, {Value: "dark", Label: "Dark"}}

func (p PreferencesProps) zoneHint() string {
	if p.Browser == "" {
		return "Such as Europe/Oslo. Dates are shown and read in it."
	}
	return "Such as Europe/Oslo. Dates are shown and read in it. This browser says " + p.Browser + "."
}

// commonZones are offered while somebody types; any other of the IANA time zone
// database can be typed.
var commonZones = []string{
	"UTC", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi",
	"America/Anchorage", "America/Argentina/Buenos_Aires", "America/Bogota", "America/Caracas", "America/Chicago",
	"America/Denver", "America/Halifax", "America/Lima", "America/Los_Angeles", "America/Mexico_City", "America/New_York",
	"America/Phoenix", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "America/Toronto", "America/Vancouver",
	"Asia/Baghdad", "Asia/Bangkok", "Asia/Dhaka", "Asia/Dubai", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta",
	"Asia/Jerusalem", "Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Manila", "Asia/Riyadh", "Asia/Seoul",
	"Asia/Shanghai", "Asia/Singapore", "Asia/Taipei", "Asia/Tashkent", "Asia/Tehran", "Asia/Tokyo", "Atlantic/Azores",
	"Atlantic/Reykjavik", "Australia/Adelaide", "Australia/Brisbane", "Australia/Darwin", "Australia/Melbourne",
	"Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels",
	"Europe/Bucharest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv",
	"Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome",
	"Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland", "Pacific/Fiji", "Pacific/Honolulu",
}
