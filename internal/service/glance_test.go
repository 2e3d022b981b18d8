package service_test

import (
	"slices"
	"testing"

	"latchkey/internal/console"
)

// TestAGlanceShowsWhatIs: what a page takes from memory is what the database has,
// whoever changed it, and each reader sees their part of it.
func TestAGlanceShowsWhatIs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		elsewhere := s.forgetful()
		owner, member := s.as(console.RoleOwner), s.as(console.RoleMember)
		hash := s.session(s.people[console.RoleOwner], "a")
		see := func(actor console.Principal, marked bool) (seen []string) {
			session, err := s.FindSession(t.Context(), hash)
			s.must(err)
			if !marked {
				session.Recorded = console.AuditMark{}
			}
			ctx := s.Glance(t.Context(), session.Recorded)
			repositories, err := s.RepositoryNames(ctx, actor, console.TokenRead, "")
			s.must(err)
			for _, r := range repositories {
				seen = append(seen, r.Name)
				if found, err := s.GetRepository(ctx, actor, r.Name); err != nil || found.GUID != r.GUID {
					t.Errorf("%s is found as %+v, %v", r.Name, found, err)
				}
			}
			people, err := s.ListUsers(ctx, actor)
			s.must(err)
			filters, err := s.IPFilterNames(ctx, actor)
			s.must(err)
			catalogue, err := s.Catalogue(ctx)
			s.must(err)
			for _, filter := range filters {
				seen = append(seen, filter.Name)
			}
			if slices.ContainsFunc(people, func(u console.User) bool { return u.Name == "New Person" }) {
				seen = append(seen, "New Person")
			}
			if _, known := catalogue.Find("billing:read"); known {
				seen = append(seen, "billing:read")
			}
			return seen
		}
		expect := func(after string, all []string, members ...string) {
			t.Helper()
			for _, marked := range []bool{true, true, false} {
				if got := see(owner, marked); !slices.Equal(got, all) {
					t.Errorf("after %s: an owner sees %q, want %q", after, got, all)
				}
				if got := see(member, marked); !slices.Equal(got, members) {
					t.Errorf("after %s: a member sees %q, want %q", after, got, members)
				}
			}
		}
		expect("nothing", []string{"web-logs"})
		_, err := elsewhere.CreateRepository(t.Context(), owner, console.NewRepository{Name: "audit", Kind: console.KindRepository})
		s.must(err)
		expect("a repository elsewhere", []string{"audit", "web-logs"})
		_, err = elsewhere.UpdateRepository(t.Context(), owner, s.repo.GUID, 1, console.NewRepository{Name: "weblogs", Kind: console.KindRepository})
		s.must(err)
		expect("its new name", []string{"audit", "weblogs"})
		if _, err := s.GetRepository(s.Glance(t.Context(), console.AuditMark{}), owner, "web-logs"); console.CodeOf(err) != console.CodeNotFound {
			t.Errorf("by its old name it is found: %v", err)
		}
		_, err = s.CreateIPFilter(t.Context(), owner, console.NewIPFilter{Name: "office", Text: "allow all"})
		s.must(err)
		_, err = elsewhere.CreateScope(t.Context(), owner, console.NewScope{Name: "billing:read", Label: "Read bills", Group: "Billing", Types: []console.Type{console.TypeRepository}})
		s.must(err)
		_, err = s.CreateUser(t.Context(), owner, console.NewUser{Email: "new@example.com", Name: "New Person", Password: "quiet lantern orbit maple", Role: console.RoleMember})
		s.must(err)
		expect("a filter, a scope and a person", []string{"audit", "weblogs", "office", "New Person", "billing:read"}, "billing:read")
		person := s.people[console.RoleMember]
		_, err = elsewhere.UpdateMembership(t.Context(), owner, person.GUID, s.repo.GUID, "", console.MemberManager)
		s.must(err)
		member.Memberships = map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}
		expect("a membership", []string{"audit", "weblogs", "office", "New Person", "billing:read"}, "weblogs", "office", "billing:read")
		member.Memberships = nil
		expect("its end", []string{"audit", "weblogs", "office", "New Person", "billing:read"}, "billing:read")
		s.must(s.DeleteRepository(t.Context(), owner, s.repo.GUID))
		expect("the repository's end", []string{"audit", "office", "New Person", "billing:read"}, "billing:read")
	})
}

// TestAListNamesWhatIs: what tokens belong to is called on a page as it is called in
// the database, whoever renamed it, and wherever the page has the names from.
func TestAListNamesWhatIs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		elsewhere, owner, person := s.forgetful(), s.as(console.RoleOwner), s.people[console.RoleMember]
		filter, other := s.ipFilter("allow all"), s.repository("app-logs")
		token, _ := s.make("deploy", func(n *console.NewToken) {
			n.Repositories, n.Owner, n.IPFilter = append(n.Repositories, other.GUID), person.GUID, filter.GUID
		})
		expect := func(after, names string) {
			t.Helper()
			hash := s.session(s.people[console.RoleOwner], "names "+after)
			for range 2 {
				session, err := s.FindSession(t.Context(), hash)
				s.must(err)
				for _, mark := range []console.AuditMark{session.Recorded, {}} {
					page, err := s.ListTokens(s.Glance(t.Context(), mark), owner, console.TokenFilter{}, console.TokenSort{}, console.PageRequest{})
					s.must(err)
					listed := page.Items[0]
					got := listed.Owner.Name + ", " + listed.IPFilter.Name
					for _, r := range listed.Repositories {
						got += ", " + r.Name
					}
					if got != names || listed.GUID != token.GUID {
						t.Errorf("after %s it belongs to %s, not %s", after, got, names)
					}
				}
			}
		}
		before := person.Name + ", " + filter.Name
		expect("nothing", before+", app-logs, web-logs")
		_, err := elsewhere.UpdateRepository(t.Context(), owner, s.repo.GUID, 1, console.NewRepository{Name: "access", Kind: console.KindRepository})
		s.must(err)
		expect("a repository’s new name", before+", access, app-logs")
		name := "Somebody Else"
		_, err = elsewhere.UpdateUser(t.Context(), owner, person.GUID, person.Version, console.UserPatch{Name: &name})
		s.must(err)
		expect("an owner’s new name", name+", "+filter.Name+", access, app-logs")
		_, err = s.UpdateIPFilter(t.Context(), owner, filter.GUID, filter.Version, console.NewIPFilter{Name: "renamed", Text: "allow all"}, true)
		s.must(err)
		expect("a filter’s new name", name+", renamed, access, app-logs")
	})
}
