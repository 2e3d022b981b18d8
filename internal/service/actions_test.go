package service_test

import (
	"slices"
	"testing"

	"latchkey/internal/console"
)

// provocations make happen what is recorded and is no verb of preparations.
var provocations = joinedMaps(accountProvocations, map[console.Action]func(s *site){
	console.SignInRefused: func(s *site) { s.try("a wrong password", origin, "nobody@example.com", "wrong", wrong, 0) },
	console.SignInThrottled: func(s *site) {
		for range 6 {
			s.try("a wrong password", at("198.51.100.9"), "somebody@example.com", "wrong", wrong, 0)
		}
		_, err := s.SignIn(s.t.Context(), at("198.51.100.9"), "somebody@example.com", "wrong", false)
		s.refused("the next", err, waits)
	},
	console.AccessDenied: func(s *site) {
		_, err := s.PurgeTokens(s.t.Context(), s.as(console.RoleAuditor))
		s.refused("purging", err, console.CodeForbidden)
	},
	console.BulkFinished: func(s *site) { s.worked(s.started()) },
	console.BulkStopped: func(s *site) {
		who := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager})
		job, err := s.StartBulkJob(s.t.Context(), origin.As(who), console.TokenFilter{}, console.BulkRequest{Verb: console.BulkEnable})
		s.must(err)
		s.must(s.store.PutMembership(s.t.Context(), who.GUID, s.repo.GUID, ""))
		s.worked(job)
	},
	console.KeyChanged: func(s *site) {
		_, err := s.open(key(2), key(1))
		s.must(err)
	},
	console.ScopeReinstated: func(s *site) {
		for _, retired := range []bool{true, false} {
			_, err := s.RetireScope(s.t.Context(), s.as(console.RoleOwner), "ChangeFiles", retired)
			s.must(err)
		}
	},
})

// TestEveryActionHappens does everything that is recorded, and finds in the log
// who did it, from where, when and what. An action that nothing here provokes
// fails: add how to preparations, if it is a verb's, or to provocations.
func TestEveryActionHappens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for name, prepare := range everyPreparation() {
			if prepare != nil {
				s.refused(name, prepare(s)(), "")
			}
		}
		for _, provoke := range provocations {
			provoke(s)
		}
		happened := map[console.Action]bool{}
		for _, e := range s.events() {
			happened[e.Action] = true
			if !slices.Contains(console.Actions, e.Action) {
				t.Errorf("%s is not listed in console.Actions", e.Action)
			}
			person := e.ActorKind == console.PrincipalUser
			if e.At.IsZero() || e.Actor.Name == "" || e.Target.Kind == "" && e.Action != console.AccessDenied || e.Target.Name == "" && e.Action != console.AccessDenied {
				t.Errorf("this lacks something: %+v", e)
			}
			if person && (e.Address == "" || e.Agent == "" || e.RequestID == "") {
				t.Errorf("this does not tell from where: %+v", e)
			}
		}
		for _, action := range console.Actions {
			if !happened[action] {
				t.Errorf("nothing here makes %s happen", action)
			}
		}
	})
}
