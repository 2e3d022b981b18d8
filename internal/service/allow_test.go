package service_test

import (
	"testing"
	"time"

	"latchkey/internal/console"
)

// TestAllow asks for one thing after the other, so that nothing that was
// decided before can answer.
func TestAllow(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		end := opening.Add(time.Hour)
		token, text := s.make("reader", to(end))
		scope, repository := token.Scopes[0], token.Repositories[0].Name
		ask := func(name string, r console.Requirement, want console.Reason) {
			t.Helper()
			found, err := s.Allow(t.Context(), text, r)
			if err != nil || found.Reason != want || found.Active != (want == "") || want == console.ReasonScopeMissing && found.Missing != "DeleteEvents" {
				t.Errorf("%s: %+v, %v, want %q", name, found, err, want)
			}
		}
		good := console.Requirement{Repository: repository, Scopes: []string{scope}}
		ask("what it is for", good, "")
		ask("another scope", console.Requirement{Repository: repository, Scopes: []string{scope, "DeleteEvents"}}, console.ReasonScopeMissing)
		ask("what it is for, again", good, "")
		ask("another repository", console.Requirement{Repository: "elsewhere", Scopes: []string{scope}}, console.ReasonRepositoryMissing)
		ask("no matter what", console.Requirement{}, "")
		for at, want := range map[time.Time]console.Reason{end.Add(-ms): "", end: console.ReasonExpired, end.Add(ms): console.ReasonExpired} {
			s.clock.set(at)
			ask("around its end", good, want)
		}
		s.clock.set(opening)
		ask("before it ends", good, "")
		_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, "")
		s.must(err)
		ask("after it was revoked", good, console.ReasonRevoked)
		text = "nonsense"
		ask("nonsense", good, console.ReasonUnknown)
	})
}
