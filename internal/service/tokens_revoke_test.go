package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

func TestRevokeToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, end := s.as(console.RoleAdministrator), opening.Add(day)
		token, text := s.make("deploy", to(end))
		s.clock.forward(time.Hour)
		since, at := len(s.events()), s.clock.now()
		if worth, err := s.Verify(t.Context(), text, nowhere); !worth.Active {
			t.Errorf("before: %v, %v", worth, err)
		}
		got, err := s.RevokeToken(t.Context(), actor, s.repo.GUID, token.GUID, " leaked ")
		s.must(err)
		want := token
		want.RevokedAt, want.ValidTo, want.RevokeReason, want.UpdatedAt, want.Version = at, at, "leaked", at, 2
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the answer: %s", diff)
		}
		if diff := cmp.Diff(want, s.token(token.GUID)); diff != "" {
			t.Errorf("what is kept: %s", diff)
		}
		if worth, err := s.Verify(t.Context(), text, nowhere); worth.Active || worth.Reason != console.ReasonRevoked {
			t.Errorf("at once afterwards: %v, %v", worth, err)
		}
		event := s.event(actor, console.TokenRevoked, token.AsTarget(),
			console.Change{Field: "valid_to", Old: console.TimeText(end), New: console.TimeText(at)})
		event.Repositories, event.Reason = token.Repositories, "leaked"
		s.recorded(since, event)

		s.clock.forward(time.Hour)
		again, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, "another reason")
		s.must(err)
		if diff := cmp.Diff(want, again); diff != "" {
			t.Errorf("a second time: %s", diff)
		}
		s.recorded(since, event)
		endless, _ := s.make("endless")
		since = len(s.events())
		_, err = s.RevokeToken(t.Context(), actor, "", endless.GUID, "")
		s.must(err)
		if got := s.events()[since].Changes; len(got) != 1 || got[0].Old != "" || got[0].New != console.TimeText(s.clock.now()) {
			t.Errorf("of an endless token is recorded %v", got)
		}
	})
}

// TestRevokeEveryStatus asks what revoking makes of a token in each status.
func TestRevokeEveryStatus(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, soon := s.as(console.RoleOwner), opening.Add(time.Hour)
		expired, _ := s.make("expired", to(soon.Add(-ms)))
		ending, _ := s.make("ending now", to(soon))
		last, _ := s.make("in its last moment", to(soon.Add(ms)))
		scheduled, text := s.make("scheduled", from(soon.Add(day)), to(soon.Add(2*day)))
		paused, _ := s.make("paused")
		_, err := s.DisableToken(t.Context(), actor, "", paused.GUID, time.Time{})
		s.must(err)
		s.clock.set(soon)
		for _, test := range []struct {
			token    console.Token
			want     console.Status
			recorded int
		}{
			{expired, console.StatusExpired, 0}, {ending, console.StatusExpired, 0}, {last, console.StatusRevoked, 1},
			{scheduled, console.StatusRevoked, 1}, {paused, console.StatusRevoked, 1},
		} {
			since, before := len(s.events()), s.token(test.token.GUID)
			got, err := s.RevokeToken(t.Context(), actor, "", test.token.GUID, "")
			s.must(err)
			if got.Status(soon) != test.want || len(s.events()) != since+test.recorded {
				t.Errorf("what was %s is %s, with %d events", before.Name, got.Status(soon), len(s.events())-since)
			}
			if test.recorded == 0 && !cmp.Equal(before, s.token(test.token.GUID)) {
				t.Errorf("what was %s was changed", before.Name)
			}
		}
		s.clock.forward(day + time.Hour)
		if worth, err := s.Verify(t.Context(), text, nowhere); worth.Active || worth.Reason != console.ReasonRevoked {
			t.Errorf("what was revoked before it began is worth %v when it would, %v", worth, err)
		}
	})
}

func TestRevokeTokenRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, other := s.as(console.RoleOwner), s.repository("api-logs")
		token, text := s.make("deploy")
		system, _ := s.make("system", ofType(console.TypeSystem, "ReadHealthCheck"))
		since := len(s.events())
		for _, test := range []struct {
			what       string
			repo, guid console.GUID
			reason     string
			want       console.Code
			fields     []string
		}{
			{"a token of another repository", other.GUID, token.GUID, "", console.CodeNotFound, nil},
			{"a token of no repository", s.repo.GUID, system.GUID, "", console.CodeNotFound, nil},
			{"a token of an unknown repository", console.NewGUID(), token.GUID, "", console.CodeNotFound, nil},
			{"an unknown token", s.repo.GUID, console.NewGUID(), "", console.CodeNotFound, nil},
			{"no token", "", "", "", console.CodeNotFound, nil},
			{"a NUL", "", "\x00", "", console.CodeNotFound, nil},
			{"a token of a NUL", "\x00", token.GUID, "", console.CodeNotFound, nil},
			{"invalid UTF-8", "", "\xff", "", console.CodeNotFound, nil},
			{"a GUID in capitals", "", console.GUID(strings.ToUpper(string(token.GUID))), "", console.CodeNotFound, nil},
			{"a reason that is too long", "", token.GUID, strings.Repeat("x", 501), console.CodeInvalid, []string{"reason"}},
			{"a reason with a NUL", "", token.GUID, "a\x00b", console.CodeInvalid, []string{"reason"}},
			{"a reason with a right-to-left override", "", token.GUID, "a\u202eb", console.CodeInvalid, []string{"reason"}},
		} {
			_, err := s.RevokeToken(t.Context(), actor, test.repo, test.guid, test.reason)
			s.refused(test.what, err, test.want, test.fields...)
		}
		s.recorded(since)
		if worth, err := s.Verify(t.Context(), text, nowhere); !worth.Active {
			t.Errorf("afterwards: %v, %v", worth, err)
		}
		_, err := s.RevokeToken(t.Context(), actor, s.repo.GUID, token.GUID, strings.Repeat("é", 500))
		s.refused("a reason at the limit", err, "")
	})
}

func TestRevokeTokenAtOnceIsRecordedOnce(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, _ := s.make("deploy")
		since := len(s.events())
		errs := together(16, func(int) error {
			_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), s.repo.GUID, token.GUID, "")
			return err
		})
		if got := codes(errs); got[""] != 16 || len(s.events()) != since+1 || s.token(token.GUID).Version != 2 {
			t.Errorf("the answers are %v, with %d events and version %d", errs, len(s.events())-since, s.token(token.GUID).Version)
		}
	})
}

func TestGetToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		auditor, other := s.as(console.RoleAuditor), s.repository("api-logs")
		token, _ := s.make("deploy")
		both, _ := s.make("both", in(s.repo, other))
		for _, test := range []struct {
			what       string
			repo, guid console.GUID
			want       console.Code
		}{
			{"a token", "", token.GUID, ""},
			{"a token of its repository", s.repo.GUID, token.GUID, ""},
			{"a token of another repository", other.GUID, token.GUID, console.CodeNotFound},
			{"a token of its first repository", s.repo.GUID, both.GUID, ""},
			{"a token of its second repository", other.GUID, both.GUID, ""},
			{"an unknown token", "", console.NewGUID(), console.CodeNotFound},
			{"no token", "", "", console.CodeNotFound},
			{"a NUL", "\x00", token.GUID, console.CodeNotFound},
			{"another NUL", "", "\x00", console.CodeNotFound},
		} {
			got, err := s.GetToken(t.Context(), auditor, test.repo, test.guid)
			s.refused(test.what, err, test.want)
			if test.want == "" && got.GUID != test.guid {
				t.Errorf("%s: %v", test.what, got)
			}
		}
		if got := s.token(both.GUID).Repositories; !slices.Equal(got, []console.RepositoryRef{other.Ref(), s.repo.Ref()}) {
			t.Errorf("it belongs to %v", got)
		}
	})
}

func TestTokenHistoryOutlivesTheToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		owner := s.as(console.RoleOwner)
		token, _ := s.make("deploy")
		s.make("another", in(s.repository("api-logs")))
		_, err := s.RevokeToken(t.Context(), owner, "", token.GUID, "")
		s.must(err)
		actions := func() (actions []console.Action) {
			events, err := s.TokenHistory(t.Context(), s.as(console.RoleAuditor), token.GUID)
			s.must(err)
			for _, event := range events {
				if event.Target != token.AsTarget() {
					t.Errorf("its history tells of %v", event.Target)
				}
				actions = append(actions, event.Action)
			}
			return actions
		}
		if got, want := actions(), []console.Action{console.TokenRevoked, console.TokenCreated}; !slices.Equal(got, want) {
			t.Errorf("its history is %v, want %v", got, want)
		}
		s.must(s.DeleteRepository(t.Context(), owner, s.repo.GUID))
		if _, err := s.GetToken(t.Context(), owner, "", token.GUID); console.CodeOf(err) != console.CodeNotFound {
			t.Fatalf("it is still there: %v", err)
		}
		if got, want := actions(), []console.Action{console.TokenRevoked, console.TokenCreated}; !slices.Equal(got, want) {
			t.Errorf("its history afterwards is %v, want %v", got, want)
		}
		_, err = s.TokenHistory(t.Context(), owner, "\x00")
		s.refused("the history of a NUL", err, console.CodeNotFound)
	})
}

func TestListAndCountTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		auditor := s.as(console.RoleAuditor)
		s.make("active")
		s.make("ends", to(opening.Add(time.Minute)))
		s.make("scheduled", from(opening.Add(day)))
		revoked, _ := s.make("revoked")
		_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", revoked.GUID, "")
		s.must(err)
		for _, test := range []struct {
			what string
			at   time.Time
			want map[console.StatusFilter]int
		}{
			{"before one ends", opening.Add(time.Minute - ms), map[console.StatusFilter]int{"all": 4, "current": 3, "active": 2, "inactive": 2}},
			{"as it ends", opening.Add(time.Minute), map[console.StatusFilter]int{"all": 4, "current": 3, "active": 1, "inactive": 3}},
			{"five minutes later", opening.Add(6 * time.Minute), map[console.StatusFilter]int{"all": 4, "current": 2, "active": 1, "inactive": 3}},
		} {
			s.clock.set(test.at)
			counts, err := s.CountTokens(t.Context(), auditor, console.TokenFilter{})
			s.must(err)
			for status, want := range test.want {
				page, err := s.ListTokens(t.Context(), auditor, console.TokenFilter{Status: status}, console.TokenSort{Key: console.SortName}, console.PageRequest{})
				s.must(err)
				if counts[status] != want || page.Total != want || len(page.Items) != want {
					t.Errorf("%s, %s: counted %d, listed %d of %d, want %d", test.what, status, counts[status], len(page.Items), page.Total, want)
				}
			}
		}
		for name, f := range map[string]console.TokenFilter{
			"a NUL in the name":         {Name: "a\x00"},
			"invalid UTF-8 in the name": {Name: "a\xff"},
			"a NUL for a repository":    {Repository: "\x00"},
			"a NUL in a GUID":           {GUID: "0\x00"},
			"a NUL for a scope":         {Scopes: []string{"ReadAccess", "\x00"}},
			"a NUL for an owner":        {Owners: []console.GUID{"\x00"}},
			"a NUL for a creator":       {Creators: []console.GUID{"\x00"}},
			"a NUL for a type":          {Types: []console.Type{"\x00"}},
			"an unknown status":         {Status: "\x00"},
		} {
			page, err := s.ListTokens(t.Context(), auditor, f, console.TokenSort{Key: console.SortName}, console.PageRequest{Cursor: "\x00"})
			if err != nil || len(page.Items) != 0 || page.Total != 0 {
				t.Errorf("%s: %d tokens, %v", name, len(page.Items), err)
			}
			if _, err := s.CountTokens(t.Context(), auditor, f); err != nil {
				t.Errorf("%s, counted: %v", name, err)
			}
		}
	})
}
