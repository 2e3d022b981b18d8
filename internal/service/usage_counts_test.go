package service_test

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"latchkey/internal/console"
)

// curl is who presents tokens.
var curl = console.Presenter{Address: netip.MustParseAddr("192.0.2.7"), Agent: "curl/8.5"}

func (s *site) usage(token console.Token) console.Usage {
	s.t.Helper()
	usage, err := s.TokenUsage(s.t.Context(), s.as(console.RoleAuditor), "", token.GUID)
	s.must(err)
	return usage
}

func (s *site) flush() {
	s.t.Helper()
	s.must(s.FlushUsage(s.t.Context(), false))
}

// TestEveryAnswerIsCounted by its reason, and only answers to a use.
func TestEveryAnswerIsCounted(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		caller, _ := s.gateway()
		_, asking := s.make("asking", func(n *console.NewToken) {
			n.Scopes, n.Repositories = []string{console.ScopeIntrospect}, []console.GUID{s.repository("elsewhere").GUID}
		})
		stranger, err := s.Authenticate(t.Context(), asking, curl)
		s.must(err)
		filter, err := s.CreateIPFilter(t.Context(), s.as(console.RoleOwner), console.NewIPFilter{Name: "inside", Text: "allow 10.0.0.0/8"})
		s.must(err)
		allow := func(r console.Requirement) func(text string) error {
			r.From = curl
			return func(text string) error { _, err := s.Allow(t.Context(), text, r); return err }
		}
		ask := func(by console.Principal) func(text string) error {
			return func(text string) error {
				_, err := s.Introspect(t.Context(), by, text, curl.Address)
				return err
			}
		}
		authenticate := func(text string) error {
			_, err := s.Authenticate(t.Context(), text, curl)
			if console.CodeOf(err) == console.CodeUnauthenticated {
				err = nil
			}
			return err
		}
		verify := func(text string) error { _, err := s.Verify(t.Context(), text, curl.Address); return err }
		revoke := func(token console.Token) {
			_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, "")
			s.must(err)
		}
		pause := func(token console.Token) {
			_, err := s.DisableToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, time.Time{})
			s.must(err)
		}
		ending := to(opening.Add(time.Hour))
		for name, test := range map[string]struct {
			change func(*console.NewToken)
			happen func(console.Token)
			ask    func(text string) error
			used   bool
			want   []console.DayCount
		}{
			"an introspection":              {ask: ask(caller), used: true, want: []console.DayCount{{N: 1}}},
			"a gateway's question":          {ask: allow(console.Requirement{}), used: true, want: []console.DayCount{{N: 1}}},
			"asking":                        {ask: authenticate, used: true, want: []console.DayCount{{N: 1}}},
			"a verification by the holder":  {ask: verify},
			"a question of a stranger":      {ask: ask(stranger), want: []console.DayCount{{Reason: console.ReasonRepositoryMissing, N: 1}}},
			"a stranger's, about the ended": {happen: revoke, ask: ask(stranger), want: []console.DayCount{{Reason: console.ReasonRevoked, N: 1}}},
			"a scope too little": {
				ask: allow(console.Requirement{Scopes: []string{"DeleteEvents"}}), used: true, want: []console.DayCount{{Reason: console.ReasonScopeMissing, N: 1}},
			},
			"another repository": {
				ask: allow(console.Requirement{Repository: "elsewhere"}), used: true, want: []console.DayCount{{Reason: console.ReasonRepositoryMissing, N: 1}},
			},
			"after its end":    {change: ending, happen: func(console.Token) { s.clock.forward(time.Hour) }, ask: ask(caller), want: []console.DayCount{{Reason: console.ReasonExpired, N: 1}}},
			"before its start": {change: from(opening.Add(time.Hour)), ask: authenticate, want: []console.DayCount{{Reason: console.ReasonNotYetValid, N: 1}}},
			"while it pauses":  {happen: pause, ask: allow(console.Requirement{}), want: []console.DayCount{{Reason: console.ReasonDisabled, N: 1}}},
			"once revoked":     {happen: revoke, ask: ask(caller), want: []console.DayCount{{Reason: console.ReasonRevoked, N: 1}}},
			"from outside": {
				change: func(n *console.NewToken) { n.IPFilter = filter.GUID }, ask: ask(caller), want: []console.DayCount{{Reason: console.ReasonIPRefused, N: 1}},
			},
		} {
			s.clock.set(opening)
			changes := []func(*console.NewToken){}
			if test.change != nil {
				changes = append(changes, test.change)
			}
			token, text := s.make(s.fresher("counted"), changes...)
			if test.happen != nil {
				test.happen(token)
			}
			s.must(test.ask(text))
			s.flush()
			got := s.usage(token)
			for i := range test.want {
				test.want[i].Day = console.DayOf(opening)
			}
			if diff := cmp.Diff(test.want, got.Counts, cmpopts.EquateEmpty()); diff != "" || !got.UsedAt.IsZero() != test.used || !s.token(token.GUID).UsedAt.Equal(got.UsedAt) {
				t.Errorf("%s counts as %s, used at %v", name, diff, got.UsedAt)
			}
		}
	})
}

func TestTheLastUseIsKept(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, text := s.make("looker")
		untold := s.usage(token)
		if today := console.DayOf(opening); !untold.UsedAt.IsZero() || untold.Today != today || untold.Since != today-29 || len(untold.Days()) != 30 {
			t.Errorf("an unused token has the usage %+v", untold)
		}
		hostile := console.Presenter{Address: curl.Address, Agent: "bad\x00\xff\tagent "}
		_, err := s.Authenticate(t.Context(), text, hostile)
		s.must(err)
		s.clock.forward(time.Second)
		old := s.rotate(token, console.Overlap{For: time.Hour})
		for range 3 {
			_, err = s.Allow(t.Context(), old, console.Requirement{From: curl})
			s.must(err)
		}
		s.flush()
		if got := s.usage(token); !got.UsedAt.Equal(opening.Add(time.Second)) || got.Address != "192.0.2.7" || got.Agent != "curl/8.5" || len(got.Counts) != 1 || got.Counts[0].N != 4 {
			t.Errorf("two secrets of a token have the usage %+v", got)
		}
		s.clock.forward(day)
		_, err = s.Authenticate(t.Context(), old, hostile)
		s.refused("the old secret after its end, which belongs to nobody", err, "")
		s.flush()
		if got := s.usage(token); got.Agent != "badagent " || len(got.Counts) != 2 {
			t.Errorf("on the next day it has the usage %+v", got)
		}
		version := s.token(token.GUID).Version
		s.must(s.FlushUsage(t.Context(), true))
		if now := s.token(token.GUID); now.Version != version {
			t.Error("a use changes the token's version")
		}
		_, err = s.DeleteToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, token.Name)
		s.must(err)
		s.use(old)
		s.flush()
	})
}

// TestRefusalsAreRecordedOnceAMinute, however many there are.
func TestRefusalsAreRecordedOnceAMinute(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, text := s.make("early", from(opening.Add(day)))
		gone, goneText := s.make("gone", from(opening.Add(day)))
		since := len(s.events())
		const flood = 3000
		for range flood {
			_, err := s.Allow(t.Context(), text, console.Requirement{From: curl})
			s.must(err)
		}
		s.use(goneText)
		s.flush()
		s.recorded(since)
		s.clock.set(opening.Add(30 * time.Second)) // the next minute
		s.use(text)
		event := func(token console.Token, at time.Time, n int, from console.Presenter) console.AuditEvent {
			e := console.AuditEvent{
				At: at, Action: console.TokenRefused, ActorKind: console.PrincipalToken, Actor: console.PersonRef{GUID: token.GUID, Name: token.Name},
				Target: token.AsTarget(), Repositories: token.Repositories, Agent: from.Agent,
				Changes: []console.Change{{Field: "refused_because", New: "not_yet_valid"}, {Field: "attempts", New: strconv.Itoa(n)}},
			}
			if from.Address.IsValid() {
				e.Address = from.Address.String()
			}
			return e
		}
		_, err := s.DeleteToken(t.Context(), s.as(console.RoleOwner), "", gone.GUID, gone.Name)
		s.must(err)
		since++
		s.breakAudit()
		if err := s.FlushUsage(t.Context(), false); err == nil {
			t.Error("a flush without a record succeeds")
		}
		s.mendAudit()
		s.flush()
		s.flush()
		first, second := event(token, opening, flood, curl), event(gone, opening, 1, console.Presenter{})
		if gone.GUID < token.GUID {
			first, second = second, first
		}
		s.recorded(since, first, second)
		s.must(s.FlushUsage(t.Context(), true))
		s.recorded(since, first, second, event(token, s.clock.now(), 1, console.Presenter{}))
		if got := s.usage(token); len(got.Counts) != 1 || got.Counts[0].N != flood+1 {
			t.Errorf("counted are %+v", got.Counts)
		}
	})
}

// TestAStopWritesEverything that was collected, though its minute is not over.
func TestAStopWritesEverything(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		var tokens []console.Token
		for range 3 {
			token, text := s.make(s.fresher("early"), from(opening.Add(day)))
			s.use(text)
			tokens = append(tokens, token)
		}
		used, text := s.make("used")
		s.use(text)
		since := len(s.events())
		ctx, stop := context.WithCancel(t.Context())
		stop()
		s.KeepUsage(ctx, func(err error) { t.Error(err) })
		if got := len(s.events()) - since; got != len(tokens) {
			t.Errorf("%d refusals are recorded", got)
		}
		if s.usage(used).UsedAt.IsZero() || len(s.usage(tokens[0]).Counts) != 1 {
			t.Error("the end of the program forgets uses")
		}
	})
}

func TestUsageIsPruned(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, text := s.make("looker")
		s.use(text)
		s.clock.forward(day)
		s.use(text)
		s.flush()
		oldest := func() console.Day {
			usage, err := s.store.FindUsage(t.Context(), token.GUID, 0, 1<<30)
			s.must(err)
			return usage.Counts[0].Day
		}
		s.clock.set(opening.Add((console.UsageKeptDays - 1) * day))
		s.must(s.Sweep(t.Context()))
		if oldest() != console.DayOf(opening) {
			t.Error("a day is removed before its time")
		}
		s.clock.forward(day)
		s.must(s.Sweep(t.Context()))
		if oldest() != console.DayOf(opening)+1 {
			t.Error("a day is kept too long")
		}
		if s.usage(token).UsedAt.IsZero() {
			t.Error("the last use is forgotten with its day")
		}
	})
}
