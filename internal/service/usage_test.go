package service_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// TestTheFirstUseEndsTheOldSecret at once where it is seen, and after a flush
// everywhere.
func TestTheFirstUseEndsTheOldSecret(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		replica, err := s.open(key(1))
		s.must(err)
		elsewhere := &site{Service: replica, t: t, clock: s.clock}
		token, old := s.make("looker")
		current := s.rotate(token, console.Overlap{FirstUse: true})
		s.must(s.FlushUsage(t.Context(), false))
		s.works("before the first use", []bool{true, true}, old, current)
		if !s.use(old) {
			t.Error("the old secret is refused before the new one is used")
		}
		s.clock.forward(time.Minute)
		if !s.use(current) {
			t.Error("the new secret is refused")
		}
		s.works("where it was used", []bool{false, true}, old, current)
		if s.use(old) {
			t.Error("the old secret opens something after the first use of the new one")
		}
		if _, kept, err := s.FindBySecret(t.Context(), s.as(console.RoleOwner), old); err != nil || kept.Live(s.clock.now()) {
			t.Errorf("before the flush, the old secret is told as %+v, %v", kept, err)
		}
		elsewhere.works("elsewhere, before the flush", []bool{true, true}, old, current)
		since := len(s.events())
		s.must(s.FlushUsage(t.Context(), false))
		elsewhere.works("elsewhere, after the flush", []bool{false, true}, old, current)
		s.works("after the flush", []bool{false, true}, old, current)
		event := console.AuditEvent{
			At: s.clock.now(), Action: console.TokenOverlapEnded, ActorKind: console.PrincipalSystem,
			Actor: console.PersonRef{Name: "First use of the new secret"}, Target: token.AsTarget(), Repositories: token.Repositories,
			Changes: []console.Change{{Field: "old_secret_until", Old: console.TimeText(opening.Add(7 * day)), New: console.TimeText(s.clock.now())}},
		}
		s.recorded(since, event)
		secrets := s.secrets(token)
		if !secrets[0].UsedAt.Equal(opening.Add(time.Minute)) || !secrets[1].UsedAt.Equal(opening) || !secrets[1].EndsAt.Equal(opening.Add(time.Minute)) {
			t.Errorf("the secrets are %+v", secrets)
		}
		elsewhere.use(current)
		s.use(current)
		s.must(s.FlushUsage(t.Context(), false))
		s.must(elsewhere.FlushUsage(t.Context(), false))
		s.recorded(since, event)

		next := s.rotate(token, console.Overlap{FirstUse: true})
		s.works("after the next rotation", []bool{false, true, true}, old, current, next)
		s.clock.forward(7 * day)
		s.works("after 7 days without a first use", []bool{false, false, true}, old, current, next)
	})
}

// TestOnlyUseCounts: asking about oneself, being refused and being asked about by
// somebody who may not know are no uses.
func TestOnlyUseCounts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, _ := s.make("looker")
		text := s.rotate(token, console.Overlap{FirstUse: true})
		elsewhere := s.repository("elsewhere")
		_, asking := s.make("asking", func(n *console.NewToken) {
			n.Scopes, n.Repositories = []string{console.ScopeIntrospect}, []console.GUID{elsewhere.GUID}
		})
		stranger, err := s.Authenticate(t.Context(), asking, console.Presenter{})
		s.must(err)
		unused := func(what string) {
			t.Helper()
			s.must(s.FlushUsage(t.Context(), false))
			if secrets := s.secrets(token); !secrets[0].UsedAt.IsZero() || !secrets[1].Live(s.clock.now()) {
				t.Errorf("%s counts as a use: %+v", what, secrets)
			}
		}
		s.works("once verified", []bool{true}, text)
		unused("asking about oneself")
		if worth, err := s.Introspect(t.Context(), stranger, text, nowhere); worth.Active || worth.Token.GUID != "" || err != nil {
			t.Errorf("another repository's token is told %+v, %v", worth, err)
		}
		unused("being asked about by a stranger")
		_, err = s.DisableToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, s.clock.now().Add(time.Hour))
		s.must(err)
		s.use(text)
		unused("a refusal")
		s.clock.forward(time.Hour)
		caller, _ := s.gateway()
		if worth, err := s.Introspect(t.Context(), caller, text, nowhere); !worth.Active || err != nil {
			t.Errorf("a gateway is told %+v, %v", worth, err)
		}
		s.must(s.FlushUsage(t.Context(), false))
		if secrets := s.secrets(token); !secrets[0].UsedAt.Equal(s.clock.now()) || secrets[1].Live(s.clock.now()) {
			t.Errorf("an introspection does not count as a use: %+v", secrets)
		}
	})
}

// TestUsesOutliveAnOutage and the end of the program.
func TestUsesOutliveAnOutage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, old := s.make("looker")
		current := s.rotate(token, console.Overlap{FirstUse: true})
		s.use(current)
		s.breakAudit()
		if err := s.FlushUsage(t.Context(), false); console.CodeOf(err) != console.CodeInternal {
			t.Errorf("a flush without a record gives %v", err)
		}
		s.works("while nothing can be written", []bool{false, true}, old, current)
		s.mendAudit()
		ctx, stop := context.WithCancel(t.Context())
		stop()
		s.KeepUsage(ctx, func(err error) { t.Error(err) })
		if secrets := s.secrets(token); !secrets[0].UsedAt.Equal(opening) || secrets[1].Live(opening) {
			t.Errorf("after the end the secrets are %+v", secrets)
		}
	})
}

// TestFirstUsesAreFlushedWithinASecond while the program runs.
func TestFirstUsesAreFlushedWithinASecond(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, _ := s.make("looker")
		current := s.rotate(token, console.Overlap{FirstUse: true})
		ctx, stop := context.WithCancel(t.Context())
		kept := make(chan struct{})
		go func() {
			defer close(kept)
			s.KeepUsage(ctx, func(err error) { t.Error(err) })
		}()
		s.use(current)
		for end := time.Now().Add(10 * time.Second); s.secrets(token)[1].Live(opening); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("nobody flushes the first use")
			}
		}
		stop()
		<-kept
	})
}

func TestFindingBySecret(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, old := s.make("looker")
		current := s.rotate(token, console.Overlap{For: time.Hour})
		_, foreign := s.make("foreign", in(s.repository("elsewhere")))
		owner := s.as(console.RoleOwner)
		member := origin.As(s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberViewer}))
		for text, isCurrent := range map[string]bool{old: false, current: true} {
			for _, actor := range []console.Principal{owner, member} {
				found, kept, err := s.FindBySecret(t.Context(), actor, text)
				if err != nil || found.GUID != token.GUID || kept.Current() != isCurrent {
					t.Errorf("found is %s, %+v, %v", found.GUID, kept, err)
				}
			}
		}
		_, _, err := s.FindBySecret(t.Context(), owner, foreign)
		s.refused("an owner", err, "")
		_, _, refused := s.FindBySecret(t.Context(), member, foreign)
		_, _, unknown := s.FindBySecret(t.Context(), member, console.NewSecret(console.NewGUID()).Reveal())
		s.refused("a foreign secret", refused, console.CodeNotFound)
		s.refused("an unknown secret", unknown, console.CodeNotFound)
		if refused.Error() != unknown.Error() {
			t.Errorf("foreign is %q, unknown %q", refused, unknown)
		}
		s.must(s.store.Close())
		for what, text := range map[string]string{
			"nothing": "", "a GUID": string(token.GUID), "one character less": old[:len(old)-1], "another character": old[:50] + flip(old[50:51]) + old[51:],
			"in capitals": strings.ToUpper(old), "the secret alone": old[37:],
		} {
			_, _, err := s.FindBySecret(t.Context(), owner, text)
			s.refused(what+", without a database", err, console.CodeInvalid, "secret")
		}
		_, _, err = s.FindBySecret(t.Context(), owner, old)
		s.refused("a whole string, without a database", err, console.CodeUnavailable)
	})
}
