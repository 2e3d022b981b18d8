package service_test

import (
	"testing"

	"latchkey/internal/console"
)

// viewNamed is a private view of the owner's.
func (s *site) viewNamed(name string) console.View {
	s.t.Helper()
	v, err := s.CreateView(s.t.Context(), s.as(console.RoleOwner), console.View{Place: console.ViewOfAll, Name: name})
	s.must(err)
	return v
}

// TestViewsAreTheirKeepers, unless they are shared; then everybody can choose
// them, and who may change every token can put them right.
func TestViewsAreTheirKeepers(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner, admin, auditor := s.as(console.RoleOwner), s.as(console.RoleAdministrator), s.as(console.RoleAuditor)
		names := func(actor console.Principal) (text string) {
			views, err := s.ListViews(t.Context(), actor, console.ViewOfAll)
			s.must(err)
			for _, v := range views {
				text += v.Name
				if v.Default {
					text += "*"
				}
				text += " "
			}
			return text
		}
		want := func(when, owners, auditors string) {
			t.Helper()
			if a, b := names(owner), names(auditor); a != owners || b != auditors {
				t.Errorf("%s: %q and %q, want %q and %q", when, a, b, owners, auditors)
			}
		}
		mine := s.viewNamed("mine")
		since := len(s.events())
		all, err := s.CreateView(t.Context(), owner, console.View{Place: console.ViewOfAll, Name: "all", Query: "status=active", Shared: true})
		s.must(err)
		s.recorded(since, s.event(owner, console.ViewCreated, all.AsTarget(),
			console.Change{Field: "name", New: "all"}, console.Change{Field: "shared", Old: "no", New: "yes"}, console.Change{Field: "filters", New: "status=active"}))
		want("after saving", "all mine ", "all ")
		s.must(s.SetDefaultView(t.Context(), auditor, console.ViewOfAll, all.GUID))
		want("after choosing", "all mine ", "all* ")
		s.refused("a foreign default", s.SetDefaultView(t.Context(), auditor, console.ViewOfAll, mine.GUID), console.CodeNotFound)
		_, err = s.CreateView(t.Context(), auditor, console.View{Place: console.ViewOfAll, Name: "theirs", Shared: true})
		s.refused("an auditor's to all", err, console.CodeForbidden)
		_, err = s.CreateView(t.Context(), owner, console.View{Place: console.ViewOfAll, Name: "ALL "})
		s.refused("a name that is taken", err, console.CodeConflict, "name")
		_, err = s.CreateView(t.Context(), owner, console.View{Place: console.ViewOfAll})
		s.refused("no name", err, console.CodeInvalid, "name")
		s.refused("an auditor deletes", s.DeleteView(t.Context(), auditor, all), console.CodeForbidden)
		all.Name = "everything"
		_, err = s.UpdateView(t.Context(), admin, all, nil)
		s.must(err)
		want("after renaming", "everything mine ", "everything* ")
		all.Shared = false
		since = len(s.events())
		other := "status=revoked"
		_, err = s.UpdateView(t.Context(), owner, all, &other)
		s.must(err)
		s.recorded(since, s.event(owner, console.ViewEdited, all.AsTarget(),
			console.Change{Field: "shared", Old: "yes", New: "no"}, console.Change{Field: "filters", Old: "status=active", New: other}))
		want("no longer shared", "everything mine ", "")
		s.must(s.DeleteView(t.Context(), owner, all))
		want("after deleting", "mine ", "")
	})
}
