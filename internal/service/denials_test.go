package service_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// denied is what is recorded when actor wanted perm of target so many times.
func (s *site) denied(actor console.Principal, perm console.Permission, target console.Target, times int) console.AuditEvent {
	event := s.event(actor, console.AccessDenied, target,
		console.Change{Field: "wanted", New: string(perm)}, console.Change{Field: "attempts", New: strconv.Itoa(times)})
	event.Reason = "Your role lets you look, but not change this."
	return event
}

// TestDenialsAreRecorded once a minute, with their number and their target.
func TestDenialsAreRecorded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, _ := s.make("deploy")
		other, _ := s.make("other")
		auditor, since := s.as(console.RoleAuditor), len(s.events())
		revoke := func(guid console.GUID, n int) {
			for range n {
				_, err := s.RevokeToken(t.Context(), auditor, "", guid, "")
				s.refused("revoke", err, console.CodeForbidden)
			}
		}
		want := []console.AuditEvent{}
		expect := func(of console.Token, times int) {
			t.Helper()
			event := s.denied(auditor, console.TokenWrite, of.AsTarget(), times)
			event.Repositories = of.Repositories
			want = append(want, event)
			s.recorded(since, want...)
		}
		revoke(token.GUID, 1)
		expect(token, 1)
		revoke(token.GUID, 30)
		revoke(other.GUID, 1) // another target is another matter
		expect(other, 1)
		s.clock.forward(time.Minute - ms)
		s.must(s.RecordRepeats(t.Context(), false))
		s.recorded(since, want...)
		s.clock.forward(ms)
		revoke(token.GUID, 1)
		expect(token, 31)
		revoke(token.GUID, 2)
		s.must(s.RecordRepeats(t.Context(), false))
		s.recorded(since, want...)
		at := s.clock.now()
		s.clock.forward(time.Minute)
		s.must(s.RecordRepeats(t.Context(), false))
		s.clock.set(at) // what was held back is told with its own time
		expect(token, 2)
		s.clock.forward(10 * time.Minute)
		s.must(s.RecordRepeats(t.Context(), true))
		s.recorded(since, want...)
		revoke(token.GUID, 3)
		expect(token, 1)
		s.must(s.RecordRepeats(t.Context(), true))
		expect(token, 2)
	})
}

// TestDeniedOf says of what was wanted what is known: a repository's name is
// found in the log, that of a scope is in the request.
func TestDeniedOf(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		gone := s.repository("gone")
		s.must(s.DeleteRepository(t.Context(), s.as(console.RoleOwner), gone.GUID))
		auditor, since := s.as(console.RoleAuditor), len(s.events())
		auditor.Request = "POST /somewhere"
		s.refused("delete", s.DeleteRepository(t.Context(), auditor, gone.GUID), console.CodeForbidden)
		_, err := s.RetireScope(t.Context(), auditor, "DeleteEvents", true)
		s.refused("retire", err, console.CodeForbidden)
		first := s.denied(auditor, console.RepositoryWrite, gone.AsTarget(), 1)
		first.Repositories = []console.RepositoryRef{gone.Ref()}
		second := s.denied(auditor, console.ScopeWrite, console.Target{Kind: console.TargetScope, Name: "DeleteEvents"}, 1)
		// What nobody could call anything comes into no record, and stops none.
		_, err = s.RetireScope(t.Context(), auditor, "a\x00b\u202e\xff"+strings.Repeat("c", 60_000), true)
		s.refused("retire what can't be", err, console.CodeForbidden)
		third := s.denied(auditor, console.ScopeWrite, console.Target{Kind: console.TargetScope, Name: "ab" + strings.Repeat("c", console.NameLimit-2)}, 1)
		for _, event := range []*console.AuditEvent{&first, &second, &third} {
			event.Changes = []console.Change{event.Changes[0], {Field: "request", New: "POST /somewhere"}, event.Changes[1]}
		}
		s.recorded(since, first, second, third)
	})
}

// TestGrantingTooMuchIsRecorded although it is answered as a form's mistake.
func TestGrantingTooMuchIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		who := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager})
		actor, since := origin.As(who), len(s.events())
		_, _, err := s.CreateToken(t.Context(), actor, s.request("mine", func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} }))
		s.refused("a scope that they don't hold", err, console.CodeInvalid, "scopes")
		event := s.denied(actor, console.TokenWrite, console.Target{}, 1)
		event.Reason = "You don’t hold DeleteEvents, so you can’t give it to a token."
		s.recorded(since, event)
		_, _, err = s.CreateToken(t.Context(), actor, s.request(""))
		s.refused("a mistake", err, console.CodeInvalid, "name")
		s.recorded(since, event)
	})
}

// TestWhatASurfaceRefusesIsRecordedOnce, whether or not a verb was asked.
func TestWhatASurfaceRefusesIsRecordedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		auditor, since := s.as(console.RoleAuditor), len(s.events())
		target := console.Target{Kind: console.TargetScope, Name: "ReadAccess"}
		refusal := auditor.Need(console.ScopeWrite)
		for range 2 {
			s.refused("at the door", s.RecordDenial(t.Context(), auditor, refusal, target), console.CodeForbidden)
		}
		_, err := s.RetireScope(t.Context(), auditor, "DeleteEvents", true)
		s.refused("from a verb", s.RecordDenial(t.Context(), auditor, err, target), console.CodeForbidden)
		for _, other := range []error{nil, console.NotFound(), console.Unauthenticated(), console.Conflict("", "x"), fmt.Errorf("x")} {
			if got := s.RecordDenial(t.Context(), auditor, other, target); got != other {
				t.Errorf("%v becomes %v", other, got)
			}
		}
		s.refused("nobody", s.RecordDenial(t.Context(), origin, console.Forbidden("no"), target), console.CodeForbidden)
		s.recorded(since, s.denied(auditor, console.ScopeWrite, target, 1),
			s.denied(auditor, console.ScopeWrite, console.Target{Kind: console.TargetScope, Name: "DeleteEvents"}, 1))
	})
}

// TestADenialThatCannotBeRecorded is an error of ours, and is told later.
func TestADenialThatCannotBeRecorded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		auditor, since := s.as(console.RoleAuditor), len(s.events())
		try := func() error {
			_, err := s.CreateRepository(t.Context(), auditor, console.NewRepository{Name: "x", Kind: console.KindRepository})
			return err
		}
		s.breakAudit()
		s.refused("without a record", try(), console.CodeInternal)
		s.refused("again", try(), console.CodeInternal)
		s.mendAudit()
		s.refused("with a record", try(), console.CodeForbidden)
		s.recorded(since, s.denied(auditor, console.RepositoryWrite, console.Target{Kind: console.TargetRepository, Name: "x"}, 3))
	})
}

// TestAFloodCannotFillTheLog of denials and of sign-ins that have to wait.
func TestAFloodCannotFillTheLog(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user, since := s.account(annsEmail), len(s.events())
		for range 6 {
			s.try("a failure", origin, annsEmail, "wrong", wrong, 0)
		}
		for range 500 {
			s.try("too early", origin, " ANN@example.com", phrase, waits, time.Second)
		}
		s.must(s.RecordRepeats(t.Context(), true))
		events := s.events()[since+6:]
		for i, attempts := range []string{"1", "499"} {
			want := s.event(origin, console.SignInThrottled, console.Target{Kind: console.TargetUser, GUID: user.GUID, Name: "ANN@example.com"}, console.Change{Field: "attempts", New: attempts})
			want.ActorKind, want.Actor.Name, want.Reason = console.PrincipalUser, "ANN@example.com", "Too many tries to this account from 203.0.113.0/24."
			if i >= len(events) || fmt.Sprint(events[i]) != fmt.Sprint(want) {
				t.Fatalf("recorded are %+v, want %+v", events, want)
			}
		}
		if len(events) != 2 {
			t.Errorf("there are %d events", len(events))
		}
		for i, code := range []console.Code{wrong, wrong, wrong, wrong, wrong, wrong, waits} {
			s.trySomewhere(fmt.Sprint("try ", i+1, " of a password in the wrong field"), origin, "hunter2", phrase, true, code, time.Second)
		}
		last := s.events()
		if e := last[len(last)-1]; e.Action != console.SignInThrottled || e.Target.Name != "(not an address)" || e.Target.GUID != "" {
			t.Errorf("what is no address is recorded as %+v", e)
		}
	})
}
