package service_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

func ptr[T any](v T) *T { return &v }

func TestUpdateToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleAdministrator)
		token, text := s.make("deploy", from(opening), to(opening.Add(day)))
		s.clock.forward(time.Hour)
		since := len(s.events())
		got, err := s.UpdateToken(t.Context(), actor, s.repo.GUID, token.GUID, 1, console.TokenPatch{
			Name: ptr(" Deploy key "), Scopes: ptr([]string{"ReadAccess", "ChangeFiles"}), ValidTo: ptr(opening.Add(2 * day)),
			Owner: ptr(s.people[console.RoleMember].GUID),
		})
		s.must(err)
		want := token
		want.Name, want.Scopes, want.ValidTo = "Deploy key", []string{"ChangeFiles", "ReadAccess"}, opening.Add(2*day)
		want.Owner, want.UpdatedAt, want.Version = s.people[console.RoleMember].Ref(), s.clock.now(), 2
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the answer: %s", diff)
		}
		if diff := cmp.Diff(want, s.token(token.GUID)); diff != "" {
			t.Errorf("what is kept: %s", diff)
		}
		event := s.event(actor, console.TokenEdited, want.AsTarget(),
			console.Change{Field: "name", Old: "deploy", New: "Deploy key"}, console.Change{Field: "scopes", Old: "ReadAccess", New: "ChangeFiles ReadAccess"},
			console.Change{Field: "valid_to", Old: "2026-11-22T12:00:30.000Z", New: "2026-11-23T12:00:30.000Z"},
			console.Change{Field: "owner", Old: "Owner", New: "Member"})
		event.Repositories = token.Repositories
		s.recorded(since, event)
		if worth, err := s.Verify(t.Context(), text, nowhere); !worth.Active || !slices.Equal(worth.Token.Scopes, want.Scopes) {
			t.Errorf("its secret is worth %v, %v", worth, err)
		}
	})
}

func TestUpdateTokenRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleOwner)
		end := opening.Add(day)
		token, _ := s.make("deploy", to(end))
		s.make("taken")
		gone := s.person(console.User{Name: "Gone", Role: console.RoleOwner, DisabledAt: opening})
		since := len(s.events())
		for _, test := range []struct {
			what    string
			version int
			patch   console.TokenPatch
			want    console.Code
			fields  []string
		}{
			{"an older version", 0, console.TokenPatch{Name: ptr("other")}, console.CodeConflict, nil},
			{"a later version", 2, console.TokenPatch{Name: ptr("other")}, console.CodeConflict, nil},
			{"a taken name", 1, console.TokenPatch{Name: ptr("TAKEN")}, console.CodeConflict, []string{"name"}},
			{"no name", 1, console.TokenPatch{Name: ptr(" ")}, console.CodeInvalid, []string{"name"}},
			{"no scopes", 1, console.TokenPatch{Scopes: ptr([]string{})}, console.CodeInvalid, []string{"scopes"}},
			{"scopes of another type", 1, console.TokenPatch{Scopes: ptr([]string{"ManageUsers"})}, console.CodeInvalid, []string{"scopes"}},
			{"an end that has passed", 1, console.TokenPatch{ValidTo: ptr(opening)}, console.CodeInvalid, []string{"valid_to"}},
			{"a start that has passed", 1, console.TokenPatch{ValidFrom: ptr(opening.Add(-time.Minute))}, console.CodeInvalid, []string{"valid_from"}},
			{"an unknown owner", 1, console.TokenPatch{Owner: ptr(console.NewGUID())}, console.CodeInvalid, []string{"owner"}},
			{"a disabled owner", 1, console.TokenPatch{Owner: ptr(gone.GUID)}, console.CodeInvalid, []string{"owner"}},
			{"a NUL for an owner", 1, console.TokenPatch{Owner: ptr(console.GUID("\x00"))}, console.CodeInvalid, []string{"owner"}},
		} {
			_, err := s.UpdateToken(t.Context(), actor, s.repo.GUID, token.GUID, test.version, test.patch)
			s.refused(test.what, err, test.want, test.fields...)
		}
		_, err := s.UpdateToken(t.Context(), actor, s.repository("api-logs").GUID, token.GUID, 1, console.TokenPatch{})
		s.refused("another repository", err, console.CodeNotFound)
		if diff := cmp.Diff(token, s.token(token.GUID)); diff != "" || len(s.events()) != since+1 {
			t.Errorf("the token changed: %s", diff)
		}
	})
}

// TestOnlyOneOfManyEditsOfOneVersionSucceeds is also that a revocation wins.
func TestOnlyOneOfManyEditsOfOneVersionSucceeds(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleOwner)
		token, _ := s.make("deploy")
		since := len(s.events())
		errs := together(16, func(i int) error {
			_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, 1, console.TokenPatch{Description: ptr(string(rune('a' + i)))})
			return err
		})
		if got := codes(errs); got[""] != 1 || got[console.CodeConflict] != 15 || len(s.events()) != since+1 {
			t.Errorf("the answers are %v, with %d events", errs, len(s.events())-since)
		}
		errs = together(17, func(i int) error {
			if i == 8 {
				_, err := s.RevokeToken(t.Context(), actor, "", token.GUID, "")
				return err
			}
			_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, s.token(token.GUID).Version, console.TokenPatch{ValidTo: ptr(opening.Add(day + time.Duration(i)))})
			return err
		})
		if got := s.token(token.GUID); errs[8] != nil || got.Status(s.Now()) != console.StatusRevoked {
			t.Errorf("in the end the token is %s: %v", got.Status(s.Now()), errs)
		}
	})
}

// TestWhatEndedStaysSo asks every verb of every token that ended.
func TestWhatEndedStaysSo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, end := s.as(console.RoleOwner), opening.Add(time.Hour)
		expired, _ := s.make("expired", to(end))
		revoked, _ := s.make("revoked")
		_, err := s.RevokeToken(t.Context(), actor, "", revoked.GUID, "")
		s.must(err)
		change := map[string]func(console.Token) error{
			"another end": func(token console.Token) error {
				_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, token.Version, console.TokenPatch{ValidTo: ptr(end.Add(day))})
				return err
			},
			"no end": func(token console.Token) error {
				_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, token.Version, console.TokenPatch{ValidTo: ptr(time.Time{})})
				return err
			},
			"a new name": func(token console.Token) error {
				_, err := s.UpdateToken(t.Context(), actor, "", token.GUID, token.Version, console.TokenPatch{Name: ptr("alive")})
				return err
			},
			"a pause": func(token console.Token) error {
				_, err := s.DisableToken(t.Context(), actor, "", token.GUID, time.Time{})
				return err
			},
			"the end of a pause": func(token console.Token) error {
				_, err := s.EnableToken(t.Context(), actor, "", token.GUID)
				return err
			},
		}
		s.clock.set(end.Add(-ms))
		_, err = s.UpdateToken(t.Context(), actor, "", expired.GUID, 1, console.TokenPatch{Description: ptr("in its last moment")})
		s.refused("a change a moment before the end", err, "")
		s.clock.set(end)
		since := len(s.events())
		for _, guid := range []console.GUID{expired.GUID, revoked.GUID} {
			before := s.token(guid)
			for what, do := range change {
				s.refused(before.Name+", given "+what, do(before), console.CodeConflict)
			}
			if diff := cmp.Diff(before, s.token(guid)); diff != "" {
				t.Errorf("%s changed: %s", before.Name, diff)
			}
		}
		s.recorded(since)
	})
}

func TestDisableAndEnableToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor, until := s.as(console.RoleAdministrator), opening.Add(time.Hour)
		token, text := s.make("deploy")
		since := len(s.events())
		paused, err := s.DisableToken(t.Context(), actor, s.repo.GUID, token.GUID, until)
		s.must(err)
		if diff := cmp.Diff(paused, s.token(token.GUID)); diff != "" || paused.DisabledAt != opening || paused.DisabledUntil != until || paused.Version != 2 {
			t.Errorf("the pause is kept as %+v: %s", paused, diff)
		}
		pause := s.event(actor, console.TokenDisabled, token.AsTarget(),
			console.Change{Field: "disabled_at", New: console.TimeText(opening)}, console.Change{Field: "disabled_until", New: console.TimeText(until)})
		pause.Repositories = token.Repositories
		s.recorded(since, pause)
		_, err = s.DisableToken(t.Context(), actor, s.repo.GUID, token.GUID, until)
		s.refused("the same pause again", err, "")
		s.recorded(since, pause)
		for _, test := range []struct {
			after  time.Duration
			reason console.Reason
		}{{0, console.ReasonDisabled}, {time.Hour - ms, console.ReasonDisabled}, {time.Hour, ""}, {time.Hour + ms, ""}} {
			s.clock.set(opening.Add(test.after))
			if worth, err := s.Verify(t.Context(), text, nowhere); worth.Reason != test.reason || worth.Active != (test.reason == "") {
				t.Errorf("%v into the pause: %v, %v", test.after, worth, err)
			}
		}
		s.clock.set(opening.Add(time.Minute))
		_, err = s.EnableToken(t.Context(), actor, s.repo.GUID, token.GUID)
		s.must(err)
		if worth, err := s.Verify(t.Context(), text, nowhere); !worth.Active {
			t.Errorf("after the pause was ended: %v, %v", worth, err)
		}
		resumption := s.event(actor, console.TokenEnabled, token.AsTarget(),
			console.Change{Field: "disabled_at", Old: console.TimeText(opening)}, console.Change{Field: "disabled_until", Old: console.TimeText(until)})
		resumption.Repositories = token.Repositories
		s.recorded(since, pause, resumption)
		_, err = s.EnableToken(t.Context(), actor, s.repo.GUID, token.GUID)
		s.refused("what is not paused", err, "")
		s.recorded(since, pause, resumption)
		for what, until := range map[string]time.Time{"now": s.clock.now(), "a moment ago": s.clock.now().Add(-ms)} {
			_, err = s.DisableToken(t.Context(), actor, "", token.GUID, until)
			s.refused("a pause until "+what, err, console.CodeInvalid, "until")
		}
		_, err = s.DisableToken(t.Context(), actor, s.repository("api-logs").GUID, token.GUID, time.Time{})
		s.refused("a token of another repository", err, console.CodeNotFound)
	})
}

func TestDeleteToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleAdministrator)
		token, text := s.make("Deploy key")
		scheduled, _ := s.make("scheduled", from(opening.Add(day)))
		for _, confirm := range []string{"", "deploy key", "Deploy"} {
			_, err := s.DeleteToken(t.Context(), actor, "", token.GUID, confirm)
			s.refused("an active token, confirmed as "+confirm, err, console.CodeInvalid, "confirm")
		}
		other := s.repository("api-logs")
		_, err := s.DeleteToken(t.Context(), actor, other.GUID, token.GUID, "Deploy key")
		s.refused("a token of another repository", err, console.CodeNotFound)
		_, err = s.DeleteToken(t.Context(), actor, "", "\x00", "Deploy key")
		s.refused("a NUL", err, console.CodeNotFound)
		if worth, err := s.Verify(t.Context(), text, nowhere); !worth.Active {
			t.Errorf("afterwards: %v, %v", worth, err)
		}
		since := len(s.events())
		_, err = s.DeleteToken(t.Context(), actor, s.repo.GUID, token.GUID, " Deploy key ")
		s.must(err)
		if worth, err := s.Verify(t.Context(), text, nowhere); worth.Active || worth.Reason != console.ReasonUnknown {
			t.Errorf("its secret is worth %v, %v", worth, err)
		}
		event := s.event(actor, console.TokenDeleted, token.AsTarget(), console.Change{Field: "type", Old: "repository"},
			console.Change{Field: "name", Old: "Deploy key"}, console.Change{Field: "scopes", Old: "ReadAccess"},
			console.Change{Field: "repositories", Old: "web-logs"}, console.Change{Field: "owner", Old: "Owner"})
		event.Repositories = token.Repositories
		s.recorded(since, event)
		_, err = s.DeleteToken(t.Context(), actor, s.repo.GUID, token.GUID, "Deploy key")
		s.refused("a second time", err, console.CodeNotFound)
		_, err = s.DeleteToken(t.Context(), actor, "", scheduled.GUID, "")
		s.refused("one that is not active, without confirmation", err, "")
		_, _, err = s.CreateToken(t.Context(), actor, s.request("Deploy key", func(n *console.NewToken) { n.GUID = token.GUID }))
		s.refused("a new token with the GUID of one that is gone", err, console.CodeConflict, "guid")
	})
}

func TestBulk(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actor := s.as(console.RoleAdministrator)
		first, text := s.make("first")
		second, _ := s.make("second")
		_, err := s.RevokeToken(t.Context(), actor, "", second.GUID, "")
		s.must(err)
		foreign, _ := s.make("foreign", in(s.repository("api-logs")))
		guids := []console.GUID{second.GUID, console.NewGUID(), first.GUID, foreign.GUID, "\x00", "nonsense"}
		effects := func(outcomes []console.Outcome) (effects []string) {
			for _, o := range outcomes {
				effects = append(effects, o.Token.Name+" "+string(o.Effect))
			}
			return effects
		}
		since := len(s.events())
		foreseen, err := s.PreviewBulk(t.Context(), actor, s.repo.GUID, guids, console.BulkRequest{Verb: console.BulkRevoke})
		s.must(err)
		want := []string{"second none", "first changes"}
		if got := effects(foreseen); !slices.Equal(got, want) {
			t.Errorf("foreseen are %q, want %q", got, want)
		}
		s.recorded(since)
		foreseen, err = s.PreviewBulk(t.Context(), s.as(console.RoleAuditor), s.repo.GUID, guids, console.BulkRequest{Verb: console.BulkRevoke})
		s.must(err)
		if got := effects(foreseen); slices.Contains(got, "first changes") {
			t.Errorf("for an auditor are foreseen %q", got)
		}
		if worth, err := s.Verify(t.Context(), text, nowhere); !worth.Active {
			t.Errorf("looking ahead changed it: %v, %v", worth, err)
		}
		done, err := s.ApplyBulk(t.Context(), actor, s.repo.GUID, guids, console.BulkRequest{Verb: console.BulkRevoke, Reason: "all"})
		s.must(err)
		if got := effects(done); !slices.Equal(got, want) {
			t.Errorf("the outcomes are %q, want %q", got, want)
		}
		event := s.event(actor, console.TokenRevoked, first.AsTarget(), console.Change{Field: "valid_to", New: console.TimeText(opening)})
		event.Repositories, event.Reason = first.Repositories, "all"
		s.recorded(since, event)
		_, err = s.ApplyBulk(t.Context(), actor, "", guids, console.BulkRequest{Verb: "explode"})
		s.refused("an unknown verb", err, console.CodeInvalid, "verb")
		_, err = s.ApplyBulk(t.Context(), actor, "", guids, console.BulkRequest{Verb: console.BulkExtend, ValidTo: opening})
		s.refused("an extension into the past", err, console.CodeInvalid, "valid_to")
	})
}

// TestOwnersOfTheSameName are told apart in the record.
func TestOwnersOfTheSameName(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		token, _ := s.make("deploy")
		first, second := s.person(console.User{Name: "Jane Doe", Role: console.RoleMember}), s.person(console.User{Name: "Jane Doe", Role: console.RoleMember})
		for i, owner := range []console.User{first, second} {
			_, err := s.UpdateToken(t.Context(), s.as(console.RoleOwner), "", token.GUID, i+1, console.TokenPatch{Owner: &owner.GUID})
			s.must(err)
		}
		events := s.events()
		want := []console.Change{{Field: "owner", Old: "Jane Doe (" + string(first.GUID) + ")", New: "Jane Doe (" + string(second.GUID) + ")"}}
		if diff := cmp.Diff(want, events[len(events)-1].Changes); diff != "" {
			t.Errorf("recorded is another change: %s", diff)
		}
	})
}
