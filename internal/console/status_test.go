package console_test

import (
	"slices"
	"testing"
	"time"

	"latchkey/internal/console"
)

// noon is when most of these tests look.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	ms  = time.Millisecond
	day = 24 * time.Hour
)

func after(d time.Duration) time.Time { return noon.Add(d) }

// token returns one that is active at noon without an end, changed by the given functions.
func token(changes ...func(*console.Token)) console.Token {
	t := console.Token{CreatedAt: after(-day)}
	for _, change := range changes {
		change(&t)
	}
	return t
}

func created(at time.Time) func(*console.Token) { return func(t *console.Token) { t.CreatedAt = at } }
func from(at time.Time) func(*console.Token)    { return func(t *console.Token) { t.ValidFrom = at } }
func to(at time.Time) func(*console.Token)      { return func(t *console.Token) { t.ValidTo = at } }
func revoked(at time.Time) func(*console.Token) {
	return func(t *console.Token) { t.RevokedAt, t.ValidTo = at, at }
}
func disabled(until time.Time) func(*console.Token) {
	return func(t *console.Token) { t.DisabledAt, t.DisabledUntil = after(-time.Hour), until }
}

func TestStatus(t *testing.T) {
	forever := time.Time{}
	for _, test := range []struct {
		name  string
		token console.Token
		want  console.Status
	}{
		{"without dates", token(), console.StatusActive},
		{"a moment before its creation, by another clock", token(created(after(1))), console.StatusScheduled},
		{"at its creation", token(created(noon)), console.StatusActive},
		{"a moment after its creation", token(created(after(-1))), console.StatusActive},
		{"a moment before valid from", token(from(after(1))), console.StatusScheduled},
		{"at valid from", token(from(noon)), console.StatusActive},
		{"a moment after valid from", token(from(after(-1))), console.StatusActive},
		{"a moment before valid to", token(to(after(1))), console.StatusActive},
		{"at valid to", token(to(noon)), console.StatusExpired},
		{"a moment after valid to", token(to(after(-1))), console.StatusExpired},
		{"at valid to, said in another time zone", token(to(noon.In(time.FixedZone("", 5*3600)))), console.StatusExpired},
		{"over before it began", token(from(after(1)), to(after(-1))), console.StatusExpired},
		{"disabled without an end", token(disabled(forever)), console.StatusDisabled},
		{"a moment before its pause ends", token(disabled(after(1))), console.StatusDisabled},
		{"as its pause ends", token(disabled(noon)), console.StatusActive},
		{"a moment after its pause ended", token(disabled(after(-1))), console.StatusActive},
		{"disabled and not begun", token(disabled(forever), from(after(1))), console.StatusDisabled},
		{"its pause over and not begun", token(disabled(noon), from(after(1))), console.StatusScheduled},
		{"disabled, a moment before valid to", token(disabled(forever), to(after(1))), console.StatusDisabled},
		{"disabled, at valid to", token(disabled(forever), to(noon)), console.StatusExpired},
		{"revoked at this instant", token(revoked(noon)), console.StatusRevoked},
		{"revoked a moment ago", token(revoked(after(-1))), console.StatusRevoked},
		{"revoked before it began", token(from(after(day)), revoked(after(-1))), console.StatusRevoked},
		{"revoked while disabled", token(disabled(forever), revoked(noon)), console.StatusRevoked},
		{"expired, then revoked", token(revoked(noon), to(after(-day))), console.StatusRevoked},
		{"revoked with an end to come", token(revoked(noon), to(after(day))), console.StatusRevoked},
	} {
		if got := test.token.Status(noon); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestExpiring(t *testing.T) {
	notice := console.NoticeWindow
	for _, test := range []struct {
		name  string
		token console.Token
		want  bool
	}{
		{"without an end", token(), false},
		{"a moment within the window", token(to(after(notice - 1))), true},
		{"at the end of the window", token(to(after(notice))), true},
		{"a moment beyond the window", token(to(after(notice + 1))), false},
		{"a moment before its end", token(to(after(1))), true},
		{"at its end", token(to(noon)), false},
		{"not begun", token(from(after(1)), to(after(day))), false},
		{"as it begins", token(from(noon), to(after(day))), true},
		{"disabled", token(disabled(time.Time{}), to(after(day))), false},
		{"revoked", token(revoked(noon)), false},
	} {
		if got := test.token.Expiring(noon, notice); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestStatusFilters(t *testing.T) {
	const (
		all, current, active, inactive    = console.FilterAll, console.FilterCurrent, console.FilterActive, console.FilterInactive
		expiring, scheduled, disabledOnes = console.FilterExpiring, console.FilterScheduled, console.FilterDisabled
		expired, revokedOnes              = console.FilterExpired, console.FilterRevoked
	)
	window := console.RetentionWindow
	for _, test := range []struct {
		name  string
		token console.Token
		kept  []console.StatusFilter
	}{
		{"active without an end", token(), []console.StatusFilter{all, current, active}},
		{"active within the notice", token(to(after(console.NoticeWindow))), []console.StatusFilter{all, current, active, expiring}},
		{"active beyond the notice", token(to(after(console.NoticeWindow + ms))), []console.StatusFilter{all, current, active}},
		{"scheduled", token(from(after(ms))), []console.StatusFilter{all, current, inactive, scheduled}},
		{"disabled", token(disabled(time.Time{})), []console.StatusFilter{all, inactive, disabledOnes}},
		{"expired this instant", token(to(noon)), []console.StatusFilter{all, current, inactive, expired}},
		{"expired a moment less than five minutes ago", token(to(after(ms - window))), []console.StatusFilter{all, current, inactive, expired}},
		{"expired five minutes ago", token(to(after(-window))), []console.StatusFilter{all, inactive, expired}},
		{"expired a moment more than five minutes ago", token(to(after(-window - ms))), []console.StatusFilter{all, inactive, expired}},
		{"expired while disabled", token(disabled(time.Time{}), to(after(-ms))), []console.StatusFilter{all, current, inactive, expired}},
		{"revoked this instant", token(revoked(noon)), []console.StatusFilter{all, inactive, revokedOnes}},
		{"expired, then revoked", token(revoked(noon), to(after(-ms))), []console.StatusFilter{all, inactive, revokedOnes}},
	} {
		for _, filter := range console.StatusFilters {
			if got, want := filter.Keeps(test.token, noon), slices.Contains(test.kept, filter); got != want {
				t.Errorf("%s keeps what is %s: %v, want %v", filter, test.name, got, want)
			}
		}
		if !console.StatusFilter("").Keeps(test.token, noon) {
			t.Errorf("the empty filter drops what is %s", test.name)
		}
		if console.StatusFilter("nonsense").Keeps(test.token, noon) {
			t.Errorf("an unknown filter keeps what is %s", test.name)
		}
	}
}

// TestStatusHoldsTogether asks of every combination of dates around noon what
// must hold for all.
func TestStatusHoldsTogether(t *testing.T) {
	instants := []time.Time{{}, after(-ms), noon, after(ms)}
	met := map[console.Status]int{}
	for _, start := range instants {
		for _, end := range instants {
			for _, pause := range instants {
				for _, resume := range instants {
					for _, revocation := range instants {
						token := console.Token{
							CreatedAt: after(-day), ValidFrom: start, ValidTo: end,
							DisabledAt: pause, DisabledUntil: resume, RevokedAt: revocation,
						}
						met[token.Status(noon)]++
						holdsTogether(t, token)
					}
				}
			}
		}
	}
	for _, status := range console.Statuses {
		if met[status] == 0 {
			t.Errorf("no combination is %s", status)
		}
	}
	if len(met) != len(console.Statuses) {
		t.Errorf("met %v, of which some are not listed", met)
	}
}

func holdsTogether(t *testing.T, token console.Token) {
	t.Helper()
	status := token.Status(noon)
	keeps := func(f console.StatusFilter) bool { return f.Keeps(token, noon) }
	kept := 0
	for _, other := range console.Statuses {
		if keeps(console.StatusFilter(other)) {
			kept++
		}
	}
	worth := token.Introspect(noon)
	for _, filter := range console.StatusFilters {
		if keeps(filter) && !slices.Contains(filter.Statuses(), status) {
			t.Errorf("%s keeps what is %s, and says that it keeps %v", filter, status, filter.Statuses())
		}
	}
	for fact, holds := range map[string]bool{
		"exactly one status filter keeps it":            kept == 1 && keeps(console.StatusFilter(status)),
		"it is kept by active or else by inactive":      keeps(console.FilterActive) != keeps(console.FilterInactive),
		"expiring means active":                         !keeps(console.FilterExpiring) || status == console.StatusActive,
		"what is active or scheduled is current":        keeps(console.FilterCurrent) || status != console.StatusActive && status != console.StatusScheduled,
		"it is worth something when it is active":       worth.Active == (status == console.StatusActive),
		"there is a reason when it is not":              worth.Active == (worth.Reason == ""),
		"what is final stays so":                        !status.Final() || token.Status(after(365*day)).Final(),
		"once final, the status does not change either": !status.Final() || token.Status(after(365*day)) == status,
	} {
		if !holds {
			t.Errorf("not true that %s: %s, %+v", fact, status, token)
		}
	}
}

func TestReasons(t *testing.T) {
	for _, test := range []struct {
		token console.Token
		want  console.Reason
	}{
		{token(), ""},
		{token(from(after(ms))), console.ReasonNotYetValid},
		{token(to(noon)), console.ReasonExpired},
		{token(disabled(time.Time{})), console.ReasonDisabled},
		{token(revoked(noon)), console.ReasonRevoked},
	} {
		if got := test.token.Introspect(noon).Reason; got != test.want {
			t.Errorf("a token that is %s: %q, want %q", test.token.Status(noon), got, test.want)
		}
	}
}

func TestSessionLives(t *testing.T) {
	limits := console.SessionLimits{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}
	for _, test := range []struct {
		name          string
		created, seen time.Duration
		want          bool
	}{
		{"just begun", 0, 0, true},
		{"a moment before the idle limit", time.Hour, 30*time.Minute - ms, true},
		{"at the idle limit", time.Hour, 30 * time.Minute, false},
		{"a moment after the idle limit", time.Hour, 30*time.Minute + ms, false},
		{"busy, a moment before the absolute limit", 12*time.Hour - ms, ms, true},
		{"busy, at the absolute limit", 12 * time.Hour, ms, false},
		{"busy, a moment after the absolute limit", 12*time.Hour + ms, ms, false},
	} {
		session := console.Session{CreatedAt: after(-test.created), SeenAt: after(-test.seen)}
		if got := limits.Lives(session, noon); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
