package service_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// ipFilter makes an IP filter with those rules.
func (s *site) ipFilter(rules string) console.IPFilter {
	s.t.Helper()
	filter, err := s.CreateIPFilter(s.t.Context(), s.as(console.RoleOwner), console.NewIPFilter{Name: s.fresher("filter"), Text: rules})
	s.must(err)
	return filter
}

func filtered(by console.IPFilter) func(*console.NewToken) {
	return func(n *console.NewToken) { n.IPFilter = by.GUID }
}

func TestAnIPFiltersLife(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleAdministrator)
		const rules = " allow 10.0.0.1/8\r\n\n# office\nDENY 10.0.0.9  "
		filter, err := s.CreateIPFilter(ctx, actor, console.NewIPFilter{Name: " Büro ", Text: rules})
		s.must(err)
		want := console.IPFilter{GUID: filter.GUID, Name: "Büro", Text: rules, CreatedAt: opening, UpdatedAt: opening, Version: 1}
		same := func(what string) {
			t.Helper()
			got, err := s.GetIPFilter(ctx, actor, filter.GUID)
			s.must(err)
			if diff := cmp.Diff(console.IPFilterSummary{IPFilter: want}, got); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
		if !filter.GUID.Valid() || filter != want {
			t.Errorf("it is %+v", filter)
		}
		same("created")
		s.clock.forward(time.Hour)
		since := len(s.events())
		after, err := s.UpdateIPFilter(ctx, actor, filter.GUID, 1, console.NewIPFilter{Name: "Büro", Text: "allow 10.0.0.1"}, false)
		s.must(err)
		want.Text, want.UpdatedAt, want.Version = "allow 10.0.0.1", s.clock.now(), 2
		if after != want {
			t.Errorf("edited, it is %+v", after)
		}
		same("edited")
		_, err = s.UpdateIPFilter(ctx, actor, filter.GUID, 2, console.NewIPFilter{Name: " Büro", Text: "allow 10.0.0.1"}, false)
		s.must(err)
		same("edited without a change")
		s.recorded(since, s.event(actor, console.IPFilterEdited, want.AsTarget(), console.Change{Field: "rules", Old: rules, New: "allow 10.0.0.1"}))
		got, err := s.GetIPFilterNamed(ctx, actor, "BÜRO")
		if err != nil || got.IPFilter != want {
			t.Errorf("by its name it is %+v, %v", got, err)
		}
		since = len(s.events())
		_, err = s.DeleteIPFilter(ctx, actor, filter.GUID)
		s.must(err)
		s.recorded(since, s.event(actor, console.IPFilterDeleted, want.AsTarget(),
			console.Change{Field: "name", Old: "Büro"}, console.Change{Field: "rules", Old: "allow 10.0.0.1"}))
		_, err = s.GetIPFilter(ctx, actor, filter.GUID)
		s.refused("looking for it afterwards", err, console.CodeNotFound)
	})
}

func TestIPFiltersRefuse(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		filter, other := s.ipFilter("allow all"), s.ipFilter("deny all")
		since := len(s.events())
		for name, n := range map[string]console.NewIPFilter{"no name": {Text: "allow all"}, "a hidden character": {Name: other.Name + "\u200b"}} {
			want := console.CodeInvalid
			_, err := s.CreateIPFilter(ctx, actor, n)
			s.refused("creating with "+name, err, want, "name")
			_, err = s.UpdateIPFilter(ctx, actor, filter.GUID, 1, n, false)
			s.refused("editing with "+name, err, want, "name")
		}
		_, err := s.CreateIPFilter(ctx, actor, console.NewIPFilter{Name: " " + other.Name, Text: "x"})
		s.refused("a line that is no rule", err, console.CodeInvalid, "rules")
		_, err = s.CreateIPFilter(ctx, actor, console.NewIPFilter{Name: other.Name})
		s.refused("a taken name", err, console.CodeConflict, "name")
		_, err = s.UpdateIPFilter(ctx, actor, filter.GUID, 1, console.NewIPFilter{Name: other.Name}, false)
		s.refused("an edit to a taken name", err, console.CodeConflict, "name")
		_, err = s.UpdateIPFilter(ctx, actor, filter.GUID, 2, console.NewIPFilter{}, false)
		s.refused("an edit of another version", err, console.CodeConflict)
		_, err = s.UpdateIPFilter(ctx, actor, console.NewGUID(), 1, console.NewIPFilter{Name: "x"}, false)
		s.refused("an edit of nothing", err, console.CodeNotFound)
		_, err = s.DeleteIPFilter(ctx, actor, "\x00")
		s.refused("deleting what is no GUID", err, console.CodeNotFound)
		_, err = s.GetIPFilterNamed(ctx, actor, "\x00")
		s.refused("looking for what is no name", err, console.CodeNotFound)
		s.recorded(since)
	})
}

// TestTwoEditAnIPFilter: of sixteen who change the same version, one does.
func TestTwoEditAnIPFilter(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		filter := s.ipFilter("allow all")
		got := codes(together(16, func(i int) error {
			_, err := s.UpdateIPFilter(t.Context(), s.as(console.RoleOwner), filter.GUID, 1, console.NewIPFilter{Name: filter.Name, Text: "allow 10.0.0." + string(rune('0'+i%10))}, false)
			return err
		}))
		if got[""] != 1 || got[console.CodeConflict] != 15 {
			t.Errorf("the outcomes are %v", got)
		}
	})
}

func TestTokensUseIPFilters(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		filter, other := s.ipFilter("allow 10.0.0.0/8"), s.ipFilter("deny all")
		n := s.request("deploy", filtered(filter))
		token, _, err := s.CreateToken(ctx, actor, n)
		s.must(err)
		if token.IPFilter != filter.Ref() || s.token(token.GUID).IPFilter != filter.Ref() {
			t.Errorf("the token uses %v, kept is %v", token.IPFilter, s.token(token.GUID).IPFilter)
		}
		_, secret, err := s.CreateToken(ctx, actor, n)
		if err != nil || !secret.IsZero() {
			t.Errorf("the same request again: %v", err)
		}
		n.IPFilter = other.GUID
		_, _, err = s.CreateToken(ctx, actor, n)
		s.refused("the same GUID with another filter", err, console.CodeConflict, "guid")
		for what, guid := range map[string]console.GUID{"an unknown filter": console.NewGUID(), "no GUID": "\x00"} {
			_, _, err = s.CreateToken(ctx, actor, s.request("x", filtered(console.IPFilter{GUID: guid})))
			s.refused("creating with "+what, err, console.CodeInvalid, "ip_filter")
			_, err = s.UpdateToken(ctx, actor, "", token.GUID, 1, console.TokenPatch{IPFilter: &guid})
			s.refused("editing with "+what, err, console.CodeInvalid, "ip_filter")
		}
		_, err = s.DeleteIPFilter(ctx, actor, filter.GUID)
		s.refused("deleting a filter in use", err, console.CodeConflict)
		if sentence := console.Sentence(err); sentence != filter.Name+" is used by 1 token. Give these another IP filter, or none, first." {
			t.Errorf("it says %q", sentence)
		}
		list := func(guid console.GUID, want int) {
			t.Helper()
			page, err := s.ListTokens(ctx, actor, console.TokenFilter{IPFilter: guid}, console.TokenSort{}, console.PageRequest{})
			if err != nil || len(page.Items) != want || page.Total != want {
				t.Errorf("%d of %d tokens are listed, %v, want %d", len(page.Items), page.Total, err, want)
			}
		}
		list(filter.GUID, 1)
		list(other.GUID, 0)
		since := len(s.events())
		after, err := s.UpdateToken(ctx, actor, "", token.GUID, 1, console.TokenPatch{IPFilter: &other.GUID})
		if err != nil || after.IPFilter != other.Ref() {
			t.Errorf("edited, it uses %v, %v", after.IPFilter, err)
		}
		event := s.event(actor, console.TokenEdited, token.AsTarget(), console.Change{Field: "ip_filter", Old: filter.Name, New: other.Name})
		event.Repositories = token.Repositories
		s.recorded(since, event)
		list(other.GUID, 1)
		after, err = s.UpdateToken(ctx, actor, "", token.GUID, 2, console.TokenPatch{IPFilter: ptr(console.GUID(""))})
		if err != nil || after.IPFilter.GUID != "" || s.token(token.GUID).IPFilter.GUID != "" {
			t.Errorf("without a filter it uses %v, %v", after.IPFilter, err)
		}
		_, err = s.DeleteIPFilter(ctx, actor, filter.GUID)
		s.refused("deleting it when nothing uses it", err, "")
	})
}

// TestAFilterGoesOrATokenComes: a token never refers to what is gone.
func TestAFilterGoesOrATokenComes(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for range 8 {
			filter := s.ipFilter("")
			errs := together(2, func(i int) error {
				if i == 0 {
					_, err := s.DeleteIPFilter(t.Context(), s.as(console.RoleOwner), filter.GUID)
					return err
				}
				_, _, err := s.CreateToken(t.Context(), s.as(console.RoleOwner), s.request(s.fresher("token"), filtered(filter)))
				return err
			})
			gone, made := console.CodeOf(errs[0]), console.CodeOf(errs[1])
			if !(gone == "" && made == console.CodeInvalid) && !(gone == console.CodeConflict && made == "") {
				t.Errorf("deleting: %v, creating: %v", errs[0], errs[1])
			}
		}
	})
}

// TestMembersAndIPFilters: who makes tokens chooses among the names; who sees a
// token sees its rules; and a repository's page tells of visible tokens only.
func TestMembersAndIPFilters(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, filter, hidden := t.Context(), s.ipFilter("deny all"), s.ipFilter("allow all")
		token, _ := s.make("visible", filtered(filter))
		secret, _ := s.make("hidden", filtered(hidden), func(n *console.NewToken) { n.Scopes = []string{"DeleteEvents"} })
		for role, names := range map[console.MemberRole]int{console.MemberManager: 2, console.MemberViewer: 0} {
			actor := origin.As(s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: role}))
			got, err := s.IPFilterNames(ctx, actor)
			if err != nil || len(got) != names {
				t.Errorf("a %s may choose among %v, %v", role, got, err)
			}
			own, err := s.GetTokenIPFilter(ctx, actor, s.repo.GUID, token.GUID)
			if err != nil || own != filter {
				t.Errorf("a %s sees %+v, %v", role, own, err)
			}
			_, err = s.GetTokenIPFilter(ctx, actor, "", secret.GUID)
			s.refused("the filter of a hidden token", err, console.CodeNotFound)
			_, err = s.GetIPFilter(ctx, actor, filter.GUID)
			s.refused("the filter itself", err, console.CodeNotFound)
			used, err := s.ListRepositoryIPFilters(ctx, actor, s.repo.GUID)
			if err != nil || len(used) != 1 || used[0].IPFilter != filter || used[0].Tokens != 1 {
				t.Errorf("a %s sees that the repository uses %+v, %v", role, used, err)
			}
		}
		all, err := s.ListRepositoryIPFilters(ctx, s.as(console.RoleAuditor), s.repo.GUID)
		if err != nil || len(all) != 2 {
			t.Errorf("an auditor sees %+v, %v", all, err)
		}
	})
}

func TestVerificationAsksTheIPFilter(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		inside, outside := netip.MustParseAddr("::ffff:10.1.2.3"), netip.MustParseAddr("203.0.113.9")
		filter := s.ipFilter("# office\nallow 10.0.0.0/8")
		token, text := s.make("deploy", filtered(filter), to(opening.Add(day)))
		_, free := s.make("free")
		caller, callerText := s.gateway(filtered(filter))
		if caller.Known() {
			t.Error("a caller with a filter signs in from nowhere")
		}
		caller, err := s.Authenticate(ctx, callerText, console.Presenter{Address: inside})
		s.must(err)
		_, err = s.Authenticate(ctx, callerText, console.Presenter{Address: outside})
		s.refused("a caller from outside", err, console.CodeUnauthenticated)
		ask := func(what, text string, client netip.Addr, want console.Reason, line int) {
			t.Helper()
			for _, door := range []func() (console.Introspection, error){
				func() (console.Introspection, error) { return s.Verify(ctx, text, client) },
				func() (console.Introspection, error) { return s.Introspect(ctx, caller, text, client) },
			} {
				worth, err := door()
				if err != nil || worth.Reason != want || worth.Active != (want == "") {
					t.Errorf("%s: %+v, %v, want %q", what, worth, err, want)
				}
				if got := worth.IP; line >= 0 && (got == nil || got.Line != line || got.Allowed != worth.Active) || line < 0 && got != nil {
					t.Errorf("%s: it is judged %+v, want line %d", what, got, line)
				}
			}
		}
		ask("without a filter, from nowhere", free, nowhere, "", -1)
		ask("from inside", text, inside, "", 2)
		ask("from outside", text, outside, console.ReasonIPRefused, 0)
		ask("from nowhere", text, nowhere, console.ReasonIPRefused, 0)
		_, err = s.UpdateIPFilter(ctx, actor, filter.GUID, 1, console.NewIPFilter{Name: filter.Name, Text: "allow all\ndeny 10.1.2.3"}, false)
		s.must(err)
		ask("from inside, after an edit", text, inside, console.ReasonIPRefused, 2)
		ask("from outside, after an edit", text, outside, "", 1)
		caller = console.Principal{Kind: console.PrincipalToken, GUID: caller.GUID, Type: caller.Type, Scopes: caller.Scopes}
		_, err = s.DisableToken(ctx, actor, "", token.GUID, time.Time{})
		s.must(err)
		ask("disabled, from inside", text, inside, console.ReasonDisabled, -1)
		s.clock.forward(day)
		ask("expired, from nowhere", text, nowhere, console.ReasonExpired, -1)
	})
}
