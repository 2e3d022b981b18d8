package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// session begins one of user under a hash made of one character.
func (s *site) session(user console.User, character string) string {
	s.t.Helper()
	hash := strings.Repeat(character, 64)
	s.begin(hash, user)
	return hash
}

// mark is how far the audit log has come.
func (s *site) mark() console.AuditMark {
	s.t.Helper()
	head, err := s.store.FindAuditHead(s.t.Context())
	s.must(err)
	return console.AuditMark{ID: head.ID, Hash: string(head.Hash)}
}

// begin begins a session of user under hash.
func (s *site) begin(hash string, user console.User) {
	s.t.Helper()
	_, err := s.StartSession(s.t.Context(), console.Session{Hash: hash, User: user, ProvedAt: s.clock.now(), Address: origin.Address, Agent: origin.Agent})
	s.must(err)
}

// alive asks for a session, which also notes that it was seen.
func (s *site) alive(what, hash string, want bool) {
	s.t.Helper()
	code := console.CodeNotFound
	if want {
		code = ""
	}
	_, err := s.FindSession(s.t.Context(), hash)
	s.refused(what, err, code)
}

func TestSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.people[console.RoleAuditor]
		hash := s.session(user, "a")
		notices := []console.Notice{{Title: "Done."}, {Bad: true, Title: "Not done.", Detail: "Because."}}
		s.must(s.SaveNotices(t.Context(), hash, notices))
		got, err := s.FindSession(t.Context(), hash)
		s.must(err)
		want := console.Session{
			GUID: got.GUID, Hash: hash, User: user, CreatedAt: opening, SeenAt: opening, ProvedAt: opening, Address: origin.Address, Agent: origin.Agent, Notices: notices,
			Recorded: s.mark(),
		}
		if diff := cmp.Diff(want, got); diff != "" || !got.GUID.Valid() {
			t.Errorf("the session: %s", diff)
		}
		for name, other := range map[string]string{"an unknown": strings.Repeat("b", 64), "no": "", "half a": hash[:32], "another case of a": strings.ToUpper(hash)} {
			s.alive(name+" session", other, false)
		}
		if got := s.Settings(t.Context()).Sessions; got != limits {
			t.Errorf("the limits are %v", got)
		}
	})
}

func TestIdleSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.people[console.RoleMember]
		before, on, past := s.session(user, "a"), s.session(user, "b"), s.session(user, "c")
		s.clock.set(opening.Add(limits.Idle - ms))
		s.alive("a moment before the limit", before, true)
		s.clock.set(opening.Add(limits.Idle))
		s.alive("at the limit", on, false)
		s.alive("at the limit, but seen a moment ago", before, true)
		s.clock.set(opening.Add(limits.Idle + ms))
		s.alive("a moment past the limit", past, false)
		s.clock.set(opening.Add(2*limits.Idle - 2*ms))
		s.alive("a moment before the limit since it was seen", before, true)
		s.clock.set(opening.Add(4*limits.Idle - 2*ms))
		s.alive("at the limit since it was seen", before, false)
		s.clock.set(opening)
		s.alive("when the clock is set back", on, true)
	})
}

// TestSeenIsKnownToTheMinute is what idle sessions end by.
func TestSeenIsKnownToTheMinute(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		hash := s.session(s.people[console.RoleMember], "a")
		for _, test := range []struct {
			after time.Duration
			seen  time.Duration
		}{{time.Minute - ms, 0}, {time.Minute, time.Minute}, {2*time.Minute - ms, time.Minute}, {2 * time.Minute, 2 * time.Minute}} {
			s.clock.set(opening.Add(test.after))
			s.alive("a request", hash, true)
			session, err := s.store.FindSession(t.Context(), hash)
			s.must(err)
			if got := session.SeenAt.Sub(opening); got != test.seen {
				t.Errorf("after a request at %v, it was seen at %v, want %v", test.after, got, test.seen)
			}
		}
	})
}

func TestBusySessionsEndToo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		hash := s.session(s.people[console.RoleMember], "a")
		for since := limits.Idle / 2; since < limits.Absolute; since += limits.Idle / 2 {
			s.clock.set(opening.Add(since))
			s.alive("while it is busy", hash, true)
		}
		s.clock.set(opening.Add(limits.Absolute - ms))
		s.alive("a moment before the absolute limit", hash, true)
		s.clock.set(opening.Add(limits.Absolute))
		s.alive("at the absolute limit", hash, false)
		s.clock.set(opening.Add(limits.Absolute + ms))
		s.alive("a moment past the absolute limit", hash, false)
	})
}

func TestDisabledPersonsSessionIsDead(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.people[console.RoleOwner]
		hash, other := s.session(user, "a"), s.session(s.people[console.RoleMember], "b")
		s.alive("before", hash, true)
		s.raw(`UPDATE users SET disabled_at = 1 WHERE guid = '` + string(user.GUID) + `'`)
		s.alive("at once afterwards", hash, false)
		s.alive("somebody else's", other, true)
		s.raw(`UPDATE users SET disabled_at = NULL, role = 'auditor' WHERE guid = '` + string(user.GUID) + `'`)
		session, err := s.FindSession(t.Context(), hash)
		s.must(err)
		if session.User.Role != console.RoleAuditor {
			t.Errorf("a demoted person is still %s", session.User.Role)
		}
	})
}

func TestEndSession(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.people[console.RoleMember]
		hash, other := s.session(user, "a"), s.session(user, "b")
		actor, since := s.as(console.RoleMember), len(s.events())
		s.must(s.EndSession(t.Context(), actor, hash))
		event := s.event(actor, console.SignedOut, user.AsTarget())
		s.recorded(since, event)
		s.alive("afterwards", hash, false)
		s.alive("the other one", other, true)
		s.must(s.EndSession(t.Context(), actor, hash))
		s.must(s.EndSession(t.Context(), actor, strings.Repeat("c", 64)))
		s.recorded(since, event)
		s.must(s.SaveNotices(t.Context(), hash, []console.Notice{{Title: "Late."}}))
		s.alive("after a notice that came late", hash, false)
	})
}

// TestSessionsEndedAtOnce: neither who ends several of their own sessions at the same
// moment, nor two who end each other's, wait for each other for ever.
func TestSessionsEndedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		one, other := s.as(console.RoleOwner), origin.As(s.account("second.owner@example.com"))
		s.must(s.become(one, other.GUID, console.RoleOwner))
		for name, whose := range map[string][2]console.Principal{"their own": {one, one}, "each other's": {other, one}} {
			who := [2]console.Principal{one, other}
			if name == "their own" {
				who[1] = one
			}
			sessions := make([]console.Session, 4)
			for i := range sessions {
				var err error
				sessions[i], err = s.FindSession(t.Context(), s.ownSession(whose[i%2]))
				s.must(err)
			}
			var errs []error
			s.crowded("sessions", func() {
				errs = together(len(sessions), func(i int) error {
					return s.RevokeSession(t.Context(), who[i%2], whose[i%2].GUID, sessions[i].GUID)
				})
			})
			if got := codes(errs); got[""] != len(sessions) {
				t.Errorf("%s: %v", name, errs)
			}
		}
	})
}

func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.people[console.RoleMember]
		idle, busy := s.session(user, "a"), s.session(user, "b")
		s.clock.set(opening.Add(limits.Idle - ms))
		s.alive("the busy one", busy, true)
		s.must(s.Sweep(t.Context()))
		s.alive("the idle one, a moment before its end", idle, true)
		s.clock.set(opening.Add(2*limits.Idle - 2*ms))
		s.must(s.Sweep(t.Context()))
		s.clock.set(opening.Add(limits.Idle))
		s.alive("the idle one, seen until then", idle, true)
		s.clock.set(opening.Add(3 * limits.Idle))
		s.must(s.Sweep(t.Context()))
		s.clock.set(opening.Add(limits.Idle))
		s.alive("the idle one, swept", idle, false)
		s.alive("the busy one, swept", busy, false)
	})
}
