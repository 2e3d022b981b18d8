package console

import (
	"errors"
	"strconv"
	"time"
	"unicode/utf8"
)

// Settings are what an installation can change while it runs.
type Settings struct {
	// Organization is the name shown in the console, which may be empty.
	Organization string
	Sessions     SessionLimits
	// Retention is how long tokens that expired or were revoked are kept; zero
	// keeps them for ever.
	Retention time.Duration
	// RetentionWindow is how long an expired token stays on its repository's
	// page when no status is asked for.
	RetentionWindow time.Duration
	// Version grows with every change; it is 0 while nobody changed anything.
	Version int
}

// DefaultSettings are in effect until somebody changes them.
func DefaultSettings() Settings {
	return Settings{
		Sessions:  SessionLimits{Idle: 30 * time.Minute, Absolute: 12 * time.Hour},
		Retention: 90 * 24 * time.Hour, RetentionWindow: RetentionWindow,
	}
}

// SettingsPatch says what to set; what is nil stays.
type SettingsPatch struct {
	Organization    *string
	SessionIdle     *time.Duration
	SessionAbsolute *time.Duration
	Retention       *time.Duration
	RetentionWindow *time.Duration
}

// Apply is s with what p sets, its texts in the form in which they are kept.
func (p SettingsPatch) Apply(s Settings) Settings {
	if p.Organization != nil {
		s.Organization = Clean(*p.Organization)
	}
	for _, set := range []struct{ from, to *time.Duration }{
		{p.SessionIdle, &s.Sessions.Idle}, {p.SessionAbsolute, &s.Sessions.Absolute},
		{p.Retention, &s.Retention}, {p.RetentionWindow, &s.RetentionWindow},
	} {
		if set.from != nil {
			*set.to = *set.from
		}
	}
	return s
}

// Without is p apart from what fixed sets.
func (p SettingsPatch) Without(fixed SettingsPatch) SettingsPatch {
	if fixed.Organization != nil {
		p.Organization = nil
	}
	for _, field := range []struct {
		fixed *time.Duration
		of    **time.Duration
	}{
		{fixed.SessionIdle, &p.SessionIdle}, {fixed.SessionAbsolute, &p.SessionAbsolute},
		{fixed.Retention, &p.Retention}, {fixed.RetentionWindow, &p.RetentionWindow},
	} {
		if field.fixed != nil {
			*field.of = nil
		}
	}
	return p
}

// Limits of settings.
const (
	OrganizationLimit    = 100
	SessionLeast         = time.Minute
	SessionIdleLimit     = 24 * time.Hour
	SessionAbsoluteLimit = 30 * 24 * time.Hour
	RetentionLimit       = 3650 * 24 * time.Hour
	RetentionWindowLimit = 24 * time.Hour
)

// What a form says of a number that is out of range.
const (
	SessionIdleRange     = "Choose 1 minute to 24 hours."
	SessionAbsoluteRange = "Choose 1 minute to 30 days."
	RetentionRange       = "Choose 1 to 3,650 days, or 0 to keep them for ever."
	RetentionWindowRange = "Choose at most 24 hours."
)

// Validate reports everything that is wrong with s.
func (s Settings) Validate() error {
	p := Problems{}
	p.Check(utf8.RuneCountInString(s.Organization) <= OrganizationLimit, "organization", "The name is longer than 100 characters.")
	p.Check(PlainLine(s.Organization), "organization", "The name has characters that can’t be shown.")
	p.Check(s.Sessions.Idle >= SessionLeast && s.Sessions.Idle <= SessionIdleLimit, "session_idle", SessionIdleRange)
	p.Check(s.Sessions.Absolute >= SessionLeast && s.Sessions.Absolute <= SessionAbsoluteLimit, "session_absolute", SessionAbsoluteRange)
	p.Check(s.Sessions.Absolute >= s.Sessions.Idle, "session_absolute", "A session can’t last shorter than it may pause.")
	p.Check(s.Retention == 0 || s.Retention >= 24*time.Hour && s.Retention <= RetentionLimit, "retention", RetentionRange)
	p.Check(s.RetentionWindow >= 0 && s.RetentionWindow <= RetentionWindowLimit, "retention_window", RetentionWindowRange)
	p.Check(s.Retention == 0 || s.Retention >= s.RetentionWindow, "retention", "A token can’t stay on a page for longer than it is kept.")
	return p.Err()
}

// ValidateBeside reports what is wrong with s where fixed does not rule: what
// nobody can mend here must not stand in the way of the rest.
func (s Settings) ValidateBeside(fixed SettingsPatch) error {
	e, ok := errors.AsType[*Error](s.Validate())
	if !ok {
		return nil
	}
	p := Problems{}
	for _, field := range []struct {
		name  string
		fixed bool
	}{
		{"organization", fixed.Organization != nil},
		{"session_idle", fixed.SessionIdle != nil},
		{"session_absolute", fixed.SessionAbsolute != nil},
		{"retention", fixed.Retention != nil},
		{"retention_window", fixed.RetentionWindow != nil},
	} {
		problem, wrong := e.Fields[field.name]
		p.Check(!wrong || field.fixed, field.name, problem)
	}
	p.Check(fixed.SessionAbsolute == nil || fixed.SessionIdle != nil || s.Sessions.Idle <= s.Sessions.Absolute, "session_idle", "A session can’t pause longer than it may last.")
	p.Check(fixed.Retention == nil || fixed.RetentionWindow != nil || s.Retention == 0 || s.RetentionWindow <= s.Retention, "retention_window", "A token can’t stay on a page for longer than it is kept.")
	return p.Err()
}

// Fields are the values of s that a record of its changes tells.
func (s Settings) Fields() []Change {
	retention := "for ever"
	if s.Retention > 0 {
		retention = Count(int(s.Retention/(24*time.Hour)), "day")
	}
	minutes := func(d time.Duration) string { return strconv.FormatFloat(d.Minutes(), 'f', -1, 64) + " min" }
	return []Change{
		{Field: "organization", New: s.Organization},
		{Field: "session_idle", New: minutes(s.Sessions.Idle)},
		{Field: "session_absolute", New: minutes(s.Sessions.Absolute)},
		{Field: "retention", New: retention},
		{Field: "retention_window", New: minutes(s.RetentionWindow)},
	}
}
