package service_test

import (
	"fmt"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// leaver is somebody who owns two live tokens, made a third one for another
// owner, and owns one that ended.
func (s *site) leaver() (console.User, map[string]console.Token) {
	s.t.Helper()
	user := s.person(console.User{Name: "Pia", Role: console.RoleAdministrator})
	tokens := map[string]console.Token{}
	for _, name := range []string{"owned", "owned and made", "made", "ended", "foreign"} {
		actor, owner := s.as(console.RoleOwner), user.GUID
		if name == "owned and made" || name == "made" {
			actor = origin.As(user)
		}
		if name == "made" || name == "foreign" {
			owner = s.people[console.RoleOwner].GUID
		}
		token, _, err := s.CreateToken(s.t.Context(), actor, s.request(s.fresher(name), func(n *console.NewToken) { n.Owner = owner }))
		s.must(err)
		tokens[name] = token
	}
	_, err := s.RevokeToken(s.t.Context(), s.as(console.RoleOwner), "", tokens["ended"].GUID, "")
	s.must(err)
	return user, tokens
}

func TestDeparture(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor, heir := t.Context(), s.as(console.RoleOwner), s.people[console.RoleAdministrator]
		for _, test := range []struct {
			d       console.Departure
			changed []string
			check   func(before, now console.Token) bool
		}{
			{console.Departure{Handover: console.HandoverTransfer, To: heir.GUID}, []string{"owned", "owned and made"},
				func(_, now console.Token) bool { return now.Owner.GUID == heir.GUID && now.Version == 2 }},
			{console.Departure{Handover: console.HandoverRevoke}, []string{"owned", "owned and made", "made"},
				func(_, now console.Token) bool {
					return now.Status(opening) == console.StatusRevoked && now.RevokeReason == "Pia left."
				}},
			{console.Departure{Handover: console.HandoverKeep}, nil, nil},
		} {
			name := string(test.d.Handover)
			user, tokens := s.leaver()
			session := s.session(user, fmt.Sprint(len(name)))
			leaving, err := s.PreviewDeparture(ctx, actor, user.GUID)
			s.must(err)
			if leaving.Owned != 2 || leaving.Made != 1 || len(leaving.Tokens) != 3 {
				t.Errorf("%s: foreseen are %d owned, %d made, %d named", name, leaving.Owned, leaving.Made, len(leaving.Tokens))
			}
			since := len(s.events())
			departed, err := s.DisableUser(ctx, actor, user.GUID, test.d)
			s.must(err)
			events := s.events()[since:]
			if len(departed.Tokens) != len(test.changed) || departed.Left != 0 || len(events) != len(test.changed)+1 ||
				events[0].Action != console.UserDisabled || events[0].Target != user.AsTarget() || departed.User.Enabled() {
				t.Errorf("%s: %d tokens changed, recorded is %+v", name, len(departed.Tokens), events)
			}
			s.alive(name+": their session", session, false)
			changed := map[string]bool{}
			for _, one := range test.changed {
				changed[one] = true
			}
			for one, before := range tokens {
				now := s.token(before.GUID)
				if one == "ended" {
					continue
				}
				if changed[one] && !test.check(before, now) || !changed[one] && (now.Version != before.Version || now.Owner != before.Owner) {
					t.Errorf("%s: the token %s became %+v", name, one, now)
				}
			}
			for _, event := range events[1:] {
				if len(event.Changes) != 1 || event.Actor != actor.Ref() || len(event.Repositories) != 1 {
					t.Errorf("%s: a token's record is %+v", name, event)
				}
			}
		}
	})
}

func TestDepartureRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		user, _ := s.leaver()
		gone := s.gone()
		since := len(s.events())
		for name, test := range map[string]struct {
			d     console.Departure
			field string
		}{
			"nothing said":            {console.Departure{}, "handover"},
			"an unknown way":          {console.Departure{Handover: "burn"}, "handover"},
			"a transfer to nobody":    {console.Departure{Handover: console.HandoverTransfer}, "to"},
			"a transfer to a unknown": {console.Departure{Handover: console.HandoverTransfer, To: console.NewGUID()}, "to"},
			"a transfer to the gone":  {console.Departure{Handover: console.HandoverTransfer, To: gone.GUID}, "to"},
			"a transfer to oneself":   {console.Departure{Handover: console.HandoverTransfer, To: user.GUID}, "to"},
		} {
			_, err := s.DisableUser(ctx, actor, user.GUID, test.d)
			s.refused(name, err, console.CodeInvalid, test.field)
		}
		_, err := s.DisableUser(ctx, actor, console.NewGUID(), console.Departure{})
		s.refused("somebody unknown", err, console.CodeNotFound)
		_, err = s.DeleteUser(ctx, actor, user.GUID)
		s.refused("remove who is enabled", err, console.CodeConflict)
		s.recorded(since)
	})
}

func TestRemoval(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		user, tokens := s.leaver()
		_, err := s.DisableUser(ctx, actor, user.GUID, console.Departure{Handover: console.HandoverKeep})
		s.must(err)
		_, err = s.DeleteUser(ctx, actor, user.GUID)
		s.refused("remove who owns live tokens", err, console.CodeConflict)
		since := len(s.events())
		departed, err := s.DisableUser(ctx, actor, user.GUID, console.Departure{Handover: console.HandoverTransfer, To: actor.GUID})
		s.must(err)
		if len(departed.Tokens) != 2 || len(s.events()) != since+2 {
			t.Errorf("of who is disabled already, %d tokens are handed over, with %d events", len(departed.Tokens), len(s.events())-since)
		}
		_, err = s.EnableUser(ctx, actor, user.GUID)
		s.must(err)
		_, err = s.EnableUser(ctx, actor, user.GUID) // again
		s.must(err)
		if n := len(s.events()) - since; n != 3 {
			t.Errorf("enabling twice leaves %d events", n-2)
		}
		_, err = s.DisableUser(ctx, actor, user.GUID, console.Departure{Handover: console.HandoverKeep})
		s.must(err)
		_, err = s.DisableUser(ctx, actor, user.GUID, console.Departure{Handover: console.HandoverKeep}) // again
		s.must(err)
		since = len(s.events())
		_, err = s.DeleteUser(ctx, actor, user.GUID)
		s.must(err)
		events := s.events()[since:]
		if len(events) != 1 || events[0].Action != console.UserDeleted || events[0].Target != user.AsTarget() {
			t.Errorf("recorded is %+v", events)
		}
		_, _, err = s.GetUser(ctx, actor, user.GUID)
		s.refused("get who was removed", err, console.CodeNotFound)
		if made := s.token(tokens["made"].GUID); made.Creator.Name != "Pia" {
			t.Errorf("what they made says it was made by %q", made.Creator.Name)
		}
		if ended := s.token(tokens["ended"].GUID); ended.Owner.GUID != "" {
			t.Errorf("what ended is owned by %v", ended.Owner)
		}
		page, err := s.ListAuditEvents(ctx, actor, console.AuditFilter{Target: user.GUID}, console.PageRequest{})
		s.must(err)
		if len(page.Items) != 4 || page.Items[0].Target.Name != "Pia" {
			t.Errorf("the audit log tells %v of them", page.Items)
		}
	})
}

// TestDepartureAmidWork disables somebody while they and others work with the
// tokens that are handed over: nobody waits for each other for ever.
func TestDepartureAmidWork(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		for range 3 {
			user, tokens := s.leaver()
			errs := together(12, func(i int) error {
				token := tokens[[]string{"owned", "owned and made", "made"}[i%3]]
				switch i % 4 {
				case 0:
					_, err := s.DisableUser(ctx, owner, user.GUID, console.Departure{Handover: console.HandoverRevoke})
					return err
				case 1:
					_, err := s.UpdateToken(ctx, origin.As(user), "", token.GUID, 1, console.TokenPatch{Description: ptr("x")})
					return err
				case 2:
					_, err := s.UpdateToken(ctx, owner, "", token.GUID, 1, console.TokenPatch{Owner: ptr(owner.GUID)})
					return err
				}
				_, err := s.RevokeToken(ctx, origin.As(user), "", token.GUID, "")
				return err
			})
			if got := codes(errs); got[console.CodeUnavailable]+got[console.CodeInternal]+got[console.CodeInvalid] > 0 {
				t.Errorf("they got %v: %v", got, errs)
			}
			for name, token := range tokens {
				if now := s.token(token.GUID); name != "foreign" && now.Owner.GUID == user.GUID && !now.Status(opening).Final() {
					t.Errorf("the token %s is left with who left: %+v", name, now)
				}
			}
		}
	})
}

// TestDepartureOfMany hands over more tokens than fit into one transaction.
func TestDepartureOfMany(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, actor := t.Context(), s.as(console.RoleOwner)
		many := console.HandoverLimit + 1
		user, heir := s.people[console.RoleAdministrator], s.people[console.RoleOwner]
		keys, err := s.store.ListKeys(ctx)
		s.must(err)
		s.must(s.store.Tx(ctx, func(tx *store.Store) error {
			for i := range many {
				if err := tx.InsertToken(ctx, console.Token{
					GUID: console.NewGUID(), Type: console.TypeOrganization, Name: fmt.Sprint("token ", i), Scopes: []string{"ViewUsage"},
					Owner: user.Ref(), Creator: user.Ref(), CreatedAt: opening, UpdatedAt: opening, Version: 1,
				}, store.SecretHash{Hash: []byte(fmt.Sprint(i)), KeyID: keys[0]}); err != nil {
					return err
				}
			}
			return nil
		}))
		departed, err := s.DisableUser(ctx, actor, user.GUID, console.Departure{Handover: console.HandoverTransfer, To: heir.GUID})
		s.must(err)
		leaving, err := s.PreviewDeparture(ctx, actor, user.GUID)
		s.must(err)
		if len(departed.Tokens) != many || departed.Left != 0 || leaving.Owned != 0 || leaving.Made != many {
			t.Errorf("%d of %d tokens changed, %d are left, %d are still theirs", len(departed.Tokens), many, departed.Left, leaving.Owned)
		}
	})
}

// TestNobodyGetsWhatTheyCannotHave who leaves at the same moment: a token is given
// to somebody while another transaction is about to disable them.
func TestNobodyGetsWhatTheyCannotHave(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		for name, give := range map[string]func(to console.GUID) error{
			"made for": func(to console.GUID) error {
				_, _, err := s.CreateToken(ctx, owner, s.request(s.fresher("new"), func(n *console.NewToken) { n.Owner = to }))
				return err
			},
			"given": func(to console.GUID) error {
				token, _ := s.make(s.fresher("given"))
				_, err := s.UpdateToken(ctx, owner, "", token.GUID, 1, console.TokenPatch{Owner: &to})
				return err
			},
			"given with others": func(to console.GUID) error {
				token, _ := s.make(s.fresher("bulk"))
				_, err := s.ApplyBulk(ctx, owner, "", []console.GUID{token.GUID}, console.BulkRequest{Verb: console.BulkTransfer, Owner: to})
				return err
			},
		} {
			heir, given := s.person(console.User{Name: "Heir", Role: console.RoleAdministrator}), make(chan error, 1)
			s.must(s.store.Tx(ctx, func(tx *store.Store) error {
				leaving, err := tx.LockUser(ctx, heir.GUID)
				if err != nil {
					return err
				}
				go func() { given <- give(heir.GUID) }()
				time.Sleep(200 * time.Millisecond)
				leaving.DisabledAt = opening
				return tx.UpdateUser(ctx, leaving, leaving.Version)
			}))
			s.refused("a token "+name+" who leaves", <-given, console.CodeInvalid, "owner")
		}
	})
}
