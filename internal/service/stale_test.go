package service_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// TestWhatIsStaleSaysWhoChangedIt and when, whatever it is: each change is made
// twice from the same state.
func TestWhatIsStaleSaysWhoChangedIt(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, jonas, owner := t.Context(), origin.As(s.person(console.User{Name: "Jonas Wirth", Role: console.RoleOwner})), s.as(console.RoleOwner)
		token, _ := s.make("edited")
		rotated, _ := s.make("rotated")
		link, _ := s.link("shared")
		repo, asset, filter, tom := s.repository("logs"), s.dashboard(), s.ipFilter("allow all"), s.person(console.User{Name: "Tom", Role: console.RoleMember})
		una := s.person(console.User{Name: "Una", Role: console.RoleMember})
		scope := s.newScope()
		_, err := s.CreateScope(ctx, owner, scope)
		s.must(err)
		for what, change := range map[string]func(by console.Principal, name string) error{
			"this token": func(by console.Principal, name string) error {
				_, err := s.UpdateToken(ctx, by, "", token.GUID, 1, console.TokenPatch{Name: &name})
				return err
			},
			"this token ": func(by console.Principal, _ string) error {
				_, _, err := s.RotateToken(ctx, by, "", rotated.GUID, console.Rotation{Version: 1, Overlap: console.Overlap{For: time.Hour}})
				return err
			},
			"this token  ": func(by console.Principal, name string) error {
				as := map[string]console.DashboardLinkPatch{"first": runsAsOrganization}[name]
				_, err := s.UpdateDashboardLink(ctx, by, link.Dashboard.GUID, link.GUID, link.Version, as)
				return err
			},
			"this repository": func(by console.Principal, name string) error {
				_, err := s.UpdateRepository(ctx, by, repo.GUID, repo.Version, console.NewRepository{Name: name})
				return err
			},
			"this scope": func(by console.Principal, name string) error {
				scope.Label = name
				_, err := s.UpdateScope(ctx, by, scope.Name, 1, scope)
				return err
			},
			"this IP filter": func(by console.Principal, name string) error {
				_, err := s.UpdateIPFilter(ctx, by, filter.GUID, filter.Version, console.NewIPFilter{Name: name, Text: "allow all"}, false)
				return err
			},
			"this policy": func(by console.Principal, name string) error {
				_, err := s.UpdatePolicy(ctx, by, 0, console.Policy{Type: console.TypeOrganization, Allowed: true, MaximumDays: len(name)}, true)
				return err
			},
			"the settings": func(by console.Principal, name string) error {
				_, err := s.UpdateSettings(ctx, by, 0, console.SettingsPatch{Organization: &name})
				return err
			},
			"this asset": func(by console.Principal, name string) error {
				_, err := s.UpdateAsset(ctx, by, asset.GUID, 1, console.NewAsset{Name: name})
				return err
			},
			"Tom": func(by console.Principal, name string) error {
				_, err := s.UpdateUser(ctx, by, tom.GUID, tom.Version, console.UserPatch{Name: ptr("Tom"), Email: ptr(name + "@example.com")})
				return err
			},
			"Una": func(by console.Principal, name string) error {
				gain := map[string][]string{"first": {"ReadAccess"}, "second": {"ChangeFiles"}}[name]
				_, err := s.ChangeAccess(ctx, by, []console.AccessChange{{User: una.GUID, Version: una.Version, Gain: gain}})
				return err
			},
		} {
			what = strings.TrimSpace(what)
			s.must(change(jonas, "first"))
			_, err := s.SignIn(ctx, origin, "nobody@example.com", "wrong", false) // what changes nothing is not to blame
			s.refused("a stranger", err, console.CodeUnauthenticated)
			s.clock.forward(3 * time.Minute)
			for who, by := range map[string]console.Principal{"Jonas Wirth": owner, "You": jonas} {
				err := change(by, "second")
				s.refused(what, err, console.CodeConflict)
				if want := who + " changed " + what + " 3 minutes ago. Review the new values and try again."; console.Sentence(err) != want {
					t.Errorf("%q, want %q", console.Sentence(err), want)
				}
			}
		}
		s.must(s.store.Close())
		s.refused("a person who can't be looked up", s.CheckPerson(ctx, owner, tom, 9), console.CodeConflict)
	})
}
