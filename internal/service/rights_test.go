package service_test

import (
	"slices"
	"testing"
	"time"

	"latchkey/internal/console"
)

// member adds a member with those scopes and memberships.
func (s *site) member(scopes []string, memberships map[console.GUID]console.MemberRole) console.User {
	s.t.Helper()
	u := s.person(console.User{Name: "Mem", Role: console.RoleMember, Scopes: scopes})
	for repo, role := range memberships {
		s.must(s.store.PutMembership(s.t.Context(), u.GUID, repo, role))
	}
	u, err := s.store.FindUser(s.t.Context(), u.GUID)
	s.must(err)
	return u
}

// TestWhatMembersMay says for every membership, number of scopes held and place
// what a member may do to a token: what they may not see is not found.
func TestWhatMembersMay(t *testing.T) {
	const no, look, yes = console.CodeNotFound, console.CodeForbidden, console.Code("")
	var (
		all  = []string{"ReadAccess", "ChangeFiles"}
		some = []string{"ReadAccess", "ChangeDashboards"}
		none = []string{"ChangeDashboards"}
	)
	for _, row := range []struct {
		name    string
		role    console.MemberRole
		holds   []string
		foreign bool
		read    console.Code
		write   console.Code
	}{
		{name: "manager with all scopes", role: console.MemberManager, holds: all, read: yes, write: yes},
		{name: "manager with some", role: console.MemberManager, holds: some, read: yes, write: look},
		{name: "manager with others", role: console.MemberManager, holds: none, read: no, write: no},
		{name: "manager with none", role: console.MemberManager, read: no, write: no},
		{name: "viewer with all scopes", role: console.MemberViewer, holds: all, read: yes, write: look},
		{name: "viewer with others", role: console.MemberViewer, holds: none, read: no, write: no},
		{name: "manager elsewhere", role: console.MemberManager, holds: all, foreign: true, read: no, write: no},
		{name: "nowhere a member", holds: all, read: no, write: no},
	} {
		t.Run(row.name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				ctx, memberships := t.Context(), map[console.GUID]console.MemberRole{}
				if row.foreign {
					memberships[s.repository("elsewhere").GUID] = row.role
				} else if row.role != "" {
					memberships[s.repo.GUID] = row.role
				}
				actor := origin.As(s.member(row.holds, memberships))
				token := func() console.Token {
					token, _ := s.make(s.fresher("token"), func(n *console.NewToken) { n.Scopes = all })
					return token
				}
				one := token()
				for _, repo := range []console.GUID{"", s.repo.GUID} {
					_, err := s.GetToken(ctx, actor, repo, one.GUID)
					s.refused("get", err, row.read)
				}
				_, err := s.TokenHistory(ctx, actor, one.GUID)
				s.refused("read the history", err, row.read)
				page, err := s.ListTokens(ctx, actor, console.TokenFilter{}, console.TokenSort{}, console.PageRequest{})
				s.must(err)
				counts, err := s.CountTokens(ctx, actor, console.TokenFilter{})
				s.must(err)
				if visible := len(page.Items) == 1; visible != (row.read == yes) || (counts[console.FilterAll] == 1) != visible || page.Total != len(page.Items) {
					t.Errorf("%d tokens are listed of %d, %v counted", len(page.Items), page.Total, counts)
				}
				before := s.changes()
				_, err = s.UpdateToken(ctx, actor, "", token().GUID, 1, console.TokenPatch{Description: ptr("new")})
				s.refused("edit", err, row.write)
				_, err = s.RevokeToken(ctx, actor, "", token().GUID, "")
				s.refused("revoke", err, row.write)
				_, err = s.DisableToken(ctx, actor, "", token().GUID, time.Time{})
				s.refused("disable", err, row.write)
				_, err = s.EnableToken(ctx, actor, "", token().GUID)
				s.refused("enable", err, row.write)
				deleted := token()
				_, err = s.DeleteToken(ctx, actor, "", deleted.GUID, deleted.Name)
				s.refused("delete", err, row.write)
				previews, err := s.PreviewBulk(ctx, actor, "", []console.GUID{one.GUID}, console.BulkRequest{Verb: console.BulkRevoke})
				if row.role != "" {
					s.must(err)
				}
				if shown := len(previews) == 1; shown != (row.read == yes) || shown && (previews[0].Effect == console.EffectChanges) != (row.write == yes) {
					t.Errorf("the preview of a bulk revocation is %v", previews)
				}
				if wrote := s.changes() > before+5; wrote != (row.write == yes) {
					t.Errorf("%d changes were recorded", s.changes()-before)
				}
			})
		})
	}
}

// changes is how many events tell of a change, and not of one that was refused.
func (s *site) changes() int {
	return len(slices.DeleteFunc(s.events(), func(e console.AuditEvent) bool { return e.Action == console.AccessDenied }))
}

func TestNobodyGrantsWhatTheyDoNotHold(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, elsewhere := t.Context(), s.repository("elsewhere")
		who := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager})
		actor := origin.As(who)
		create := func(change func(*console.NewToken)) error {
			_, _, err := s.CreateToken(ctx, actor, s.request(s.fresher("token"), func(n *console.NewToken) { n.Scopes = []string{"ReadAccess"} }, change))
			return err
		}
		s.must(create(func(*console.NewToken) {}))
		s.refused("a scope not held", create(func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "ChangeFiles"} }), console.CodeInvalid, "scopes")
		s.refused("a foreign repository", create(func(n *console.NewToken) { n.Repositories = []console.GUID{elsewhere.GUID} }), console.CodeInvalid, "repository")
		s.refused("an unknown repository", create(func(n *console.NewToken) { n.Repositories = []console.GUID{console.NewGUID()} }), console.CodeInvalid, "repository")
		foreign := create(func(n *console.NewToken) { n.Repositories = []console.GUID{elsewhere.GUID} })
		unknown := create(func(n *console.NewToken) { n.Repositories = []console.GUID{console.NewGUID()} })
		if console.Sentence(foreign) != console.Sentence(unknown) {
			t.Errorf("a foreign repository: %v, an unknown one: %v", foreign, unknown)
		}
		s.refused("a stranger as owner", create(func(n *console.NewToken) { n.Owner = s.people[console.RoleAuditor].GUID }), console.CodeInvalid, "owner")
		s.refused("another type", create(func(n *console.NewToken) {
			n.Type, n.Repositories, n.Scopes = console.TypeSystem, nil, []string{"ReadHealthCheck"}
		}), console.CodeInvalid, "scopes")

		token, _, err := s.CreateToken(ctx, actor, s.request("mine", func(n *console.NewToken) { n.Scopes = []string{"ReadAccess"} }))
		s.must(err)
		wider := []string{"ReadAccess", "ChangeFiles"}
		_, err = s.UpdateToken(ctx, actor, "", token.GUID, token.Version, console.TokenPatch{Scopes: &wider})
		s.refused("widen by an edit", err, console.CodeInvalid, "scopes")
	})
}

// TestDemotionTakesEffectAtOnce holds a principal from before against what its
// person may do now.
func TestDemotionTakesEffectAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		who := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager})
		before := origin.As(who)
		create := func() error {
			_, _, err := s.CreateToken(ctx, before, s.request(s.fresher("token"), func(n *console.NewToken) { n.Scopes = []string{"ReadAccess"} }))
			return err
		}
		s.must(create())
		s.raw(`UPDATE users SET scopes = '' WHERE guid = '` + string(who.GUID) + `'`)
		s.refused("grant what was taken away", create(), console.CodeInvalid, "scopes")
		s.raw(`UPDATE users SET scopes = 'ReadAccess' WHERE guid = '` + string(who.GUID) + `'`)
		s.must(s.store.PutMembership(ctx, who.GUID, s.repo.GUID, console.MemberViewer))
		s.refused("create as a viewer", create(), console.CodeForbidden)
		s.must(s.store.PutMembership(ctx, who.GUID, s.repo.GUID, ""))
		s.refused("create as nobody", create(), console.CodeNotFound)

		administrator := s.as(console.RoleAdministrator)
		s.raw(`UPDATE users SET disabled_at = 1 WHERE guid = '` + string(administrator.GUID) + `'`)
		_, err := s.CreateScope(ctx, administrator, s.newScope())
		s.refused("change with a disabled account", err, console.CodeUnauthenticated)
	})
}

func TestMembersSeeTheirRepositories(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, other := t.Context(), s.repository("elsewhere")
		view := s.view("everything")
		colleague := s.member(nil, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberViewer})
		stranger := s.member(nil, map[console.GUID]console.MemberRole{other.GUID: console.MemberViewer})
		who := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberViewer})
		actor := origin.As(who)
		s.make("seen", func(n *console.NewToken) { n.Scopes = []string{"ReadAccess"} })
		s.make("unseen", func(n *console.NewToken) { n.Scopes = []string{"ChangeFiles"} })

		page, err := s.ListRepositories(ctx, actor, console.RepositoryFilter{}, console.PageRequest{})
		s.must(err)
		if len(page.Items) != 1 || page.Total != 1 || page.Items[0].Name != s.repo.Name || page.Items[0].Tokens != 1 {
			t.Errorf("listed are %v of %d", page.Items, page.Total)
		}
		for perm, want := range map[console.Permission]int{console.TokenRead: 1, console.TokenWrite: 0} {
			names, err := s.RepositoryNames(ctx, actor, perm, "")
			s.must(err)
			if len(names) != want {
				t.Errorf("%s in %v", perm, names)
			}
		}
		_, err = s.GetRepository(ctx, actor, s.repo.Name)
		s.must(err)
		for _, name := range []string{other.Name, view.Name, "nowhere"} {
			_, err = s.GetRepository(ctx, actor, name)
			s.refused("get "+name, err, console.CodeNotFound)
		}
		views, err := s.ViewsOf(ctx, actor, s.repo.GUID)
		s.must(err)
		people, err := s.ListUsers(ctx, actor)
		s.must(err)
		var known []console.GUID
		for _, person := range people {
			known = append(known, person.GUID)
		}
		if len(views) != 0 || len(known) != 2 || !slices.Contains(known, colleague.GUID) || slices.Contains(known, stranger.GUID) {
			t.Errorf("views: %v, people: %v", views, people)
		}
	})
}
