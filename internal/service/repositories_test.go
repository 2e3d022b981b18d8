package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

func reading(connections ...string) (all []console.NewConnection) {
	for _, c := range connections {
		name, filter, _ := strings.Cut(c, ": ")
		all = append(all, console.NewConnection{Repository: name, Filter: filter})
	}
	return all
}

func TestCreateRepository(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, since := s.as(console.RoleAdministrator), len(s.events())
		got, err := s.CreateRepository(t.Context(), actor, console.NewRepository{Name: " Ärger ", Kind: console.KindRepository, Description: "a\r\nb"})
		s.must(err)
		want := console.Repository{GUID: got.GUID, Name: "Ärger", Kind: console.KindRepository, Description: "a\nb", CreatedAt: opening, UpdatedAt: opening, Version: 1}
		if diff := cmp.Diff(want, got); diff != "" || !got.GUID.Valid() {
			t.Errorf("the answer: %s", diff)
		}
		event := s.event(actor, console.RepositoryCreated, got.AsTarget(), console.Change{Field: "name", New: "Ärger"},
			console.Change{Field: "kind", New: "repository"}, console.Change{Field: "description", New: "a\nb"})
		event.Repositories = []console.RepositoryRef{got.Ref()}
		s.recorded(since, event)

		view, err := s.CreateRepository(t.Context(), actor, console.NewRepository{Name: "all", Kind: console.KindView, Connections: reading("WEB-LOGS: error", "ärger")})
		s.must(err)
		want = console.Repository{GUID: view.GUID, Name: "all", Kind: console.KindView, CreatedAt: opening, UpdatedAt: opening, Version: 1,
			Connections: []console.Connection{{Repository: s.repo.Ref(), Filter: "error"}, {Repository: got.Ref(), Filter: "*"}}}
		if diff := cmp.Diff(want, view); diff != "" {
			t.Errorf("the view: %s", diff)
		}
		seen := event
		event = s.event(actor, console.RepositoryCreated, view.AsTarget(), console.Change{Field: "name", New: "all"},
			console.Change{Field: "kind", New: "view"}, console.Change{Field: "connections", New: "web-logs: error\nÄrger: *"})
		event.Repositories = []console.RepositoryRef{view.Ref()}
		s.recorded(since, seen, event)

		for _, name := range []string{"ärger", "ÄRGER", "A\u0308rger"} {
			found, err := s.GetRepository(t.Context(), s.as(console.RoleAuditor), name)
			if err != nil || found.GUID != got.GUID {
				t.Errorf("%q finds %v, %v", name, found, err)
			}
		}
		for _, name := range []string{"", "arger", "\x00", "\xff", "ärger/"} {
			_, err := s.GetRepository(t.Context(), actor, name)
			s.refused("looking for "+name, err, console.CodeNotFound)
		}
	})
}

func TestCreateRepositoryRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.view("all")
		since := len(s.events())
		for _, test := range []struct {
			what   string
			n      console.NewRepository
			want   console.Code
			fields []string
		}{
			{"nothing", console.NewRepository{}, console.CodeInvalid, []string{"kind", "name"}},
			{"a taken name", console.NewRepository{Name: "web-logs", Kind: console.KindRepository}, console.CodeConflict, []string{"name"}},
			{"a taken name in capitals", console.NewRepository{Name: "WEB-LOGS", Kind: console.KindRepository}, console.CodeConflict, []string{"name"}},
			{"a taken name in full width", console.NewRepository{Name: "ｗｅｂ-logs", Kind: console.KindRepository}, console.CodeConflict, []string{"name"}},
			{"a view's name", console.NewRepository{Name: "All", Kind: console.KindRepository}, console.CodeConflict, []string{"name"}},
			{"a view of a taken name", console.NewRepository{Name: "Web-Logs", Kind: console.KindView, Connections: reading("web-logs")}, console.CodeConflict, []string{"name"}},
			{"a view of nothing", console.NewRepository{Name: "v", Kind: console.KindView}, console.CodeInvalid, []string{"connections"}},
			{"a view of the unknown", console.NewRepository{Name: "v", Kind: console.KindView, Connections: reading("web-logs", "nothing")}, console.CodeInvalid, []string{"connections"}},
			{"a view of a view", console.NewRepository{Name: "v", Kind: console.KindView, Connections: reading("all")}, console.CodeInvalid, []string{"connections"}},
			{"a view of itself", console.NewRepository{Name: "v", Kind: console.KindView, Connections: reading("v")}, console.CodeInvalid, []string{"connections"}},
			{"a view of one twice", console.NewRepository{Name: "v", Kind: console.KindView, Connections: reading("web-logs", "Web-Logs: x")}, console.CodeInvalid, []string{"connections"}},
			{"a view of a NUL", console.NewRepository{Name: "v", Kind: console.KindView, Connections: reading("a\x00")}, console.CodeInvalid, []string{"connections"}},
			{"a view of invalid UTF-8", console.NewRepository{Name: "v", Kind: console.KindView, Connections: reading("a\xff")}, console.CodeInvalid, []string{"connections"}},
		} {
			_, err := s.CreateRepository(t.Context(), s.as(console.RoleOwner), test.n)
			s.refused(test.what, err, test.want, test.fields...)
		}
		s.recorded(since)
		if names, err := s.RepositoryNames(t.Context(), s.as(console.RoleAuditor), console.RepositoryRead, ""); len(names) != 2 {
			t.Errorf("there are %v, %v", names, err)
		}
		errs := together(16, func(i int) error {
			_, err := s.CreateRepository(t.Context(), s.as(console.RoleOwner), console.NewRepository{Name: []string{"new-one", "New-One"}[i%2], Kind: console.KindRepository})
			return err
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 15 {
			t.Errorf("of one name at once: %v", errs)
		}
	})
}

func TestUpdateRepository(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleAdministrator)
		view, other := s.view("all"), s.repository("api-logs")
		token, _ := s.make("deploy")
		s.clock.forward(time.Hour)
		since := len(s.events())
		got, err := s.UpdateRepository(t.Context(), actor, view.GUID, 1, console.NewRepository{
			Name: "Everything", Kind: console.KindRepository, Description: "New.", Connections: reading("api-logs: error", "web-logs"),
		})
		s.must(err)
		want := console.Repository{GUID: view.GUID, Name: "Everything", Kind: console.KindView, Description: "New.", CreatedAt: opening, UpdatedAt: s.clock.now(), Version: 2,
			Connections: []console.Connection{{Repository: other.Ref(), Filter: "error"}, {Repository: s.repo.Ref(), Filter: "*"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the answer: %s", diff)
		}
		kept, err := s.GetRepository(t.Context(), actor, "everything")
		s.must(err)
		if diff := cmp.Diff(want, kept); diff != "" {
			t.Errorf("what is kept: %s", diff)
		}
		event := s.event(actor, console.RepositoryEdited, kept.AsTarget(), console.Change{Field: "name", Old: "all", New: "Everything"},
			console.Change{Field: "description", New: "New."}, console.Change{Field: "connections", Old: "web-logs: *", New: "api-logs: error\nweb-logs: *"})
		event.Repositories = []console.RepositoryRef{kept.Ref()}
		s.recorded(since, event)

		_, err = s.UpdateRepository(t.Context(), actor, s.repo.GUID, 1, console.NewRepository{Name: "Web-Logs"})
		s.refused("another case of its own name", err, "")
		if got := s.token(token.GUID).Repositories[0].Name; got != "Web-Logs" {
			t.Errorf("its token belongs to %s", got)
		}
		_, err = s.UpdateRepository(t.Context(), actor, s.repo.GUID, 2, console.NewRepository{Name: "edge-logs"})
		s.refused("a new name", err, "")
		s.repository("web-logs") // the old name is free again
	})
}

func TestUpdateRepositoryRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, view := s.as(console.RoleOwner), s.view("all")
		since := len(s.events())
		for _, test := range []struct {
			what    string
			guid    console.GUID
			version int
			n       console.NewRepository
			want    console.Code
			fields  []string
		}{
			{"an older version", view.GUID, 0, console.NewRepository{Name: "x", Connections: reading("web-logs")}, console.CodeConflict, nil},
			{"a later version", view.GUID, 2, console.NewRepository{Name: "x", Connections: reading("web-logs")}, console.CodeConflict, nil},
			{"a taken name", view.GUID, 1, console.NewRepository{Name: "WEB-logs", Connections: reading("web-logs")}, console.CodeConflict, []string{"name"}},
			{"no name", view.GUID, 1, console.NewRepository{Connections: reading("web-logs")}, console.CodeInvalid, []string{"name"}},
			{"a view of nothing", view.GUID, 1, console.NewRepository{Name: "all"}, console.CodeInvalid, []string{"connections"}},
			{"a view of the unknown", view.GUID, 1, console.NewRepository{Name: "all", Connections: reading("nothing")}, console.CodeInvalid, []string{"connections"}},
			{"a repository that reads from another", s.repo.GUID, 1, console.NewRepository{Name: "web-logs", Kind: console.KindView, Connections: reading("web-logs")}, console.CodeInvalid, []string{"connections"}},
			{"an unknown one", console.NewGUID(), 1, console.NewRepository{Name: "x"}, console.CodeNotFound, nil},
			{"a NUL", "\x00", 1, console.NewRepository{Name: "x"}, console.CodeNotFound, nil},
		} {
			_, err := s.UpdateRepository(t.Context(), actor, test.guid, test.version, test.n)
			s.refused(test.what, err, test.want, test.fields...)
		}
		s.recorded(since)
		kept, err := s.GetRepository(t.Context(), actor, "all")
		s.must(err)
		if diff := cmp.Diff(view, kept); diff != "" {
			t.Errorf("it changed: %s", diff)
		}
		errs := together(16, func(i int) error {
			_, err := s.UpdateRepository(t.Context(), actor, s.repo.GUID, 1, console.NewRepository{Name: "web-logs", Description: string(rune('a' + i))})
			return err
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 15 {
			t.Errorf("of one version at once: %v", errs)
		}
	})
}

func TestDeleteRepository(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, other := s.as(console.RoleAdministrator), s.repository("api-logs")
		end := opening.Add(time.Hour)
		ended, text := s.make("ends", to(end))
		shared, _ := s.make("shared", in(s.repo, other), to(end))
		view := s.view("all")
		since := len(s.events())
		refused := func(what string, sentence string) {
			t.Helper()
			err := s.DeleteRepository(t.Context(), actor, s.repo.GUID)
			s.refused(what, err, console.CodeConflict)
			if err != nil && !strings.Contains(err.Error(), sentence) {
				t.Errorf("%s: %v, want a sentence with %q", what, err, sentence)
			}
			s.recorded(since)
		}
		s.clock.set(end.Add(-ms))
		refused("with two tokens in their last moment", "2 tokens")
		s.clock.set(end)
		refused("as they end, with a view", "1 view")
		s.must(s.DeleteRepository(t.Context(), actor, view.GUID))
		since = len(s.events())
		scheduled, _ := s.make("scheduled", from(end.Add(day)))
		paused, _ := s.make("paused")
		_, err := s.DisableToken(t.Context(), actor, "", paused.GUID, time.Time{})
		s.must(err)
		since = len(s.events())
		refused("with a scheduled and a disabled token", "2 tokens")
		for _, token := range []console.Token{scheduled, paused} {
			_, err := s.RevokeToken(t.Context(), actor, "", token.GUID, "")
			s.must(err)
		}
		since = len(s.events())
		s.must(s.DeleteRepository(t.Context(), actor, s.repo.GUID))
		event := s.event(actor, console.RepositoryDeleted, s.repo.AsTarget(), console.Change{Field: "name", Old: "web-logs"}, console.Change{Field: "kind", Old: "repository"})
		event.Repositories = []console.RepositoryRef{s.repo.Ref()}
		s.recorded(since, event)
		for _, token := range []console.Token{ended, scheduled, paused} {
			_, err := s.GetToken(t.Context(), actor, "", token.GUID)
			s.refused("the token "+token.Name, err, console.CodeNotFound)
		}
		if worth, err := s.Verify(t.Context(), text, nowhere); err != nil || worth.Reason != console.ReasonUnknown {
			t.Errorf("a secret of it is worth %v, %v", worth, err)
		}
		if got := s.token(shared.GUID).Repositories; len(got) != 1 || got[0] != other.Ref() {
			t.Errorf("what it shared belongs to %v", got)
		}
		for what, guid := range map[string]console.GUID{"a second time": s.repo.GUID, "an unknown one": console.NewGUID(), "a NUL": "\x00", "none": ""} {
			s.refused(what, s.DeleteRepository(t.Context(), actor, guid), console.CodeNotFound)
		}
		s.recorded(since, event)
	})
}

func TestRepositoryIsNotDeletedUnderANewToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for range 5 {
			repo := s.repository("racing")
			errs := together(8, func(i int) error {
				if i == 0 {
					return s.DeleteRepository(t.Context(), s.as(console.RoleOwner), repo.GUID)
				}
				_, _, err := s.CreateToken(t.Context(), s.as(console.RoleOwner), s.request(string(rune('a'+i)), in(repo)))
				return err
			})
			deleted := errs[0] == nil
			for _, err := range errs[1:] {
				if deleted == (err == nil) {
					t.Errorf("deleted: %v, and yet a token was answered with %v", deleted, err)
				}
			}
			_, err := s.GetRepository(t.Context(), s.as(console.RoleOwner), "racing")
			if deleted != (console.CodeOf(err) == console.CodeNotFound) {
				t.Errorf("deleted: %v, found: %v", deleted, err)
			}
			if !deleted {
				return
			}
		}
	})
}

func TestListRepositories(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.make("active")
		s.make("ends", to(opening.Add(day)))
		s.make("ended", to(opening.Add(ms)))
		view := s.view("all")
		s.clock.forward(time.Minute)
		auditor := s.as(console.RoleAuditor)
		page, err := s.ListRepositories(t.Context(), auditor, console.RepositoryFilter{}, console.PageRequest{})
		s.must(err)
		if len(page.Items) != 2 || page.Total != 2 || page.Items[0].GUID != view.GUID {
			t.Fatalf("listed are %+v", page)
		}
		if got := page.Items[1]; got.Name != "web-logs" || got.Tokens != 3 || got.Active != 2 || got.Expiring != 1 || got.Views != 1 {
			t.Errorf("the figures are %+v", got)
		}
		views, err := s.ViewsOf(t.Context(), auditor, s.repo.GUID)
		if err != nil || len(views) != 1 || views[0].GUID != view.GUID {
			t.Errorf("the views are %v, %v", views, err)
		}
		for name, f := range map[string]console.RepositoryFilter{
			"another name": {Name: "nothing"}, "a NUL": {Name: "\x00"}, "invalid UTF-8": {Name: "\xff"}, "an unknown kind": {Kind: "folder"}, "a NUL for a kind": {Kind: "\x00"},
		} {
			page, err := s.ListRepositories(t.Context(), auditor, f, console.PageRequest{Cursor: "\x00"})
			if err != nil || len(page.Items) != 0 {
				t.Errorf("%s lists %v, %v", name, page.Items, err)
			}
		}
		_, err = s.ViewsOf(t.Context(), auditor, "\x00")
		s.refused("the views of a NUL", err, console.CodeNotFound)
		if names, err := s.RepositoryNames(t.Context(), auditor, console.RepositoryRead, console.KindRepository); len(names) != 1 || names[0] != s.repo.Ref() {
			t.Errorf("the repositories are %v, %v", names, err)
		}
	})
}
