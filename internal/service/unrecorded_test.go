package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/console"
)

// unrecorded are the verbs that change something without a record, and why.
var unrecorded = map[string]string{
	"StartSession": "SignIn is recorded", "FindSession": "notes only when it was seen", "SaveNotices": "nothing but what the next page says",
	"HoldSignIn": "SignIn and CompleteSignIn tell", "AskSignIn": "asks only", "AskProof": "asks only", "Prove": "opens nothing; refusals are recorded",
	"OfferCodes": "AddCodes is recorded", "OfferPasskey": "AddPasskey is recorded",
	"NewSetupCode": "SetUp is recorded", "Sweep": "PurgeTokens is recorded", "FillSynthetic": "fills an empty database for a trial", "FillUsage": "counts for a trial",
	"UpdatePreferences": "how one person sees the console is no matter of others",
	"ApplyBulk":         "by its verbs, each tested here", "VerifyAudit": "changes nothing", "AuditHead": "changes nothing",
	"Overview": "changes nothing", "Glance": "changes nothing", "Find": "changes nothing", "SliceTokens": "changes nothing", "RepositoriesOf": "changes nothing",
	"IPFiltersOf": "changes nothing", "AuthenticateCaller": "uses are counted",
	"SetDefaultView": "how one person sees the console is no matter of others",
	"CreateImport":   "keeps a file and makes nothing of it", "RotateImported": "by RotateToken",
	"WorkBulkJobs": "as WorkBulkJob", "WorkBulkJob": "see TestBulkJobsGoOnAfterACrash", "EachBulkOutcome": "changes nothing",
	"RecordDenial": "changes nothing but the record", "RecordRepeats": "changes nothing but the record", "AuditName": "changes nothing", "CheckPerson": "changes nothing",
	"SignInProviders": "changes nothing", "StartSignIn": "changes nothing",
	"KeepUsage": "by FlushUsage", "FollowChanges": "only reads", "KeepCounts": "changes nothing", "Figures": "only reads", "Pools": "only reads", "Observe": "only reads", "CheckClock": "only reads", "RevokeOwn": "by RevokePresented", "CallerFailed": "counts only", "StrangerFailed": "counts only", "LeakReported": "counts only; RevokePresented is recorded", "FindBySecret": "changes nothing", "VerifyFor": "changes nothing",
}

// preparations make what the recorded verbs change, and return the change.
var preparations = joinedMaps(peoplePreparations, personalPreparations, assetPreparations, programPreparations, map[string]func(s *site) func() error{
	"CreateToken": func(s *site) func() error {
		n := s.request("new")
		return func() error {
			token, secret, err := s.CreateToken(s.t.Context(), s.as(console.RoleOwner), n)
			if err != nil && (!secret.IsZero() || token.GUID != "") {
				s.t.Errorf("a token that was not made is answered")
			}
			return err
		}
	},
	"UpdateToken": onToken(func(s *site, guid console.GUID) error {
		_, err := s.UpdateToken(s.t.Context(), s.as(console.RoleOwner), "", guid, 1, console.TokenPatch{Scopes: ptr([]string{"ChangeFiles"})})
		return err
	}),
	"DisableToken": onToken(func(s *site, guid console.GUID) error {
		_, err := s.DisableToken(s.t.Context(), s.as(console.RoleOwner), "", guid, time.Time{})
		return err
	}),
	"EnableToken": func(s *site) func() error {
		token, _ := s.make("paused")
		_, err := s.DisableToken(s.t.Context(), s.as(console.RoleOwner), "", token.GUID, time.Time{})
		s.must(err)
		return func() error {
			_, err := s.EnableToken(s.t.Context(), s.as(console.RoleOwner), "", token.GUID)
			return err
		}
	},
	"RotateToken": onToken(func(s *site, guid console.GUID) error {
		token, secret, err := s.RotateToken(s.t.Context(), s.as(console.RoleOwner), "", guid, console.Rotation{Overlap: console.Overlap{For: time.Hour}})
		if err != nil && (!secret.IsZero() || token.GUID != "") {
			s.t.Error("a rotation that was not made is answered")
		}
		return err
	}),
	"EndOverlap": func(s *site) func() error {
		token, _ := s.make("overlapping")
		s.rotate(token, console.Overlap{For: time.Hour})
		return func() error {
			_, err := s.EndOverlap(s.t.Context(), s.as(console.RoleOwner), "", token.GUID)
			return err
		}
	},
	"FlushUsage": func(s *site) func() error {
		token, _ := s.make("awaiting")
		s.use(s.rotate(token, console.Overlap{FirstUse: true}))
		return func() error { return s.FlushUsage(s.t.Context(), false) }
	},
	"RevokePresented": func(s *site) func() error {
		_, text := s.make("held")
		return func() error {
			ended, err := s.RevokePresented(s.t.Context(), origin, text, "")
			if ended != (err == nil) {
				s.t.Errorf("a revocation with the error %v is told as %v", err, ended)
			}
			return err
		}
	},
	"RevokeToken": onToken(func(s *site, guid console.GUID) error {
		_, err := s.RevokeToken(s.t.Context(), s.as(console.RoleOwner), "", guid, "")
		return err
	}),
	"ApplyBulk": onToken(func(s *site, guid console.GUID) error {
		_, err := s.ApplyBulk(s.t.Context(), s.as(console.RoleOwner), "", []console.GUID{guid}, console.BulkRequest{Verb: console.BulkRevoke})
		return err
	}),
	"StartBulkJob": func(s *site) func() error {
		s.make("matching")
		return func() error {
			_, err := s.StartBulkJob(s.t.Context(), s.as(console.RoleOwner), console.TokenFilter{Name: "matching"}, console.BulkRequest{Verb: console.BulkRevoke})
			return err
		}
	},
	"CancelBulkJob": func(s *site) func() error {
		job := s.started()
		return func() error {
			_, err := s.CancelBulkJob(s.t.Context(), s.as(console.RoleOwner), job.GUID)
			return err
		}
	},
	"DeleteToken": func(s *site) func() error {
		token, _ := s.make("unwanted")
		return func() error {
			_, err := s.DeleteToken(s.t.Context(), s.as(console.RoleOwner), "", token.GUID, "unwanted")
			return err
		}
	},
	"PurgeTokens": func(s *site) func() error {
		s.make("ended long ago", to(opening.Add(ms)))
		return func() error {
			s.clock.set(opening.Add(keep + ms))
			defer s.clock.set(opening)
			_, err := s.PurgeTokens(s.t.Context(), console.System("test"))
			return err
		}
	},
	"UpdateSettings": func(s *site) func() error {
		return func() error {
			_, err := s.UpdateSettings(s.t.Context(), s.as(console.RoleOwner), 0, console.SettingsPatch{Organization: ptr("new")})
			return err
		}
	},
	"UpdatePolicy": func(s *site) func() error {
		return func() error {
			_, err := s.UpdatePolicy(s.t.Context(), s.as(console.RoleOwner), 0, console.Policy{Type: console.TypeOrganizationManagement}, true)
			return err
		}
	},
	"CreateRepository": func(s *site) func() error {
		return func() error {
			_, err := s.CreateRepository(s.t.Context(), s.as(console.RoleOwner), console.NewRepository{Name: "new-one", Kind: console.KindView, Connections: reading("web-logs")})
			return err
		}
	},
	"UpdateRepository": func(s *site) func() error {
		view := s.view("edited")
		return func() error {
			_, err := s.UpdateRepository(s.t.Context(), s.as(console.RoleOwner), view.GUID, 1, console.NewRepository{Name: "renamed", Connections: reading("web-logs: x")})
			return err
		}
	},
	"DeleteRepository": func(s *site) func() error {
		repo := s.repository("deleted")
		s.make("in it", in(repo), to(opening.Add(ms)))
		return func() error {
			s.clock.set(opening.Add(ms))
			defer s.clock.set(opening)
			return s.DeleteRepository(s.t.Context(), s.as(console.RoleOwner), repo.GUID)
		}
	},
	"CreateScope": func(s *site) func() error {
		n := s.newScope()
		return func() error {
			_, err := s.CreateScope(s.t.Context(), s.as(console.RoleOwner), n)
			return err
		}
	},
	"UpdateScope": func(s *site) func() error {
		n := s.newScope()
		_, err := s.CreateScope(s.t.Context(), s.as(console.RoleOwner), n)
		s.must(err)
		n.Label = "Edited"
		return func() error {
			_, err := s.UpdateScope(s.t.Context(), s.as(console.RoleOwner), n.Name, 1, n)
			return err
		}
	},
	"RetireScope": func(s *site) func() error {
		return func() error {
			_, err := s.RetireScope(s.t.Context(), s.as(console.RoleOwner), "DeleteEvents", true)
			return err
		}
	},
	"ExportAudit": func(s *site) func() error {
		return func() error {
			return s.ExportAudit(s.t.Context(), s.as(console.RoleAuditor), console.AuditFilter{}, console.ExportCSV, func(console.AuditEvent) error { return nil })
		}
	},
	"CreateView": func(s *site) func() error {
		return func() error {
			_, err := s.CreateView(s.t.Context(), s.as(console.RoleOwner), console.View{Place: console.ViewOfAll, Name: "new"})
			return err
		}
	},
	"UpdateView": func(s *site) func() error {
		v := s.viewNamed("before")
		v.Name = "after"
		return func() error {
			_, err := s.UpdateView(s.t.Context(), s.as(console.RoleOwner), v, nil)
			return err
		}
	},
	"DeleteView": func(s *site) func() error {
		v := s.viewNamed("kept")
		return func() error { return s.DeleteView(s.t.Context(), s.as(console.RoleOwner), v) }
	},
	"RunImport": func(s *site) func() error {
		i := s.imports("name,scopes,repositories\nimported,ReadAccess,web-logs\n")
		return func() error {
			return s.RunImport(s.t.Context(), s.as(console.RoleOwner), i, false, func(console.ImportLine, console.Secret) error { return nil })
		}
	},
	"ExportTokens": func(s *site) func() error {
		return func() error {
			given := 0
			err := s.ExportTokens(s.t.Context(), s.as(console.RoleAuditor), console.TokenExport{Format: console.ExportCSV}, func(console.TokenLine) error {
				given++
				return nil
			})
			if err != nil && given > 0 {
				s.t.Errorf("%d tokens are given away without a record", given)
			}
			return err
		}
	},
	"CreateIPFilter": func(s *site) func() error {
		return func() error {
			_, err := s.CreateIPFilter(s.t.Context(), s.as(console.RoleOwner), console.NewIPFilter{Name: "new", Text: "deny all"})
			return err
		}
	},
	"UpdateIPFilter": func(s *site) func() error {
		filter := s.ipFilter("allow all")
		return func() error {
			_, err := s.UpdateIPFilter(s.t.Context(), s.as(console.RoleOwner), filter.GUID, 1, console.NewIPFilter{Name: "edited", Text: "deny all"}, false)
			return err
		}
	},
	"DeleteIPFilter": func(s *site) func() error {
		filter := s.ipFilter("allow all")
		return func() error {
			_, err := s.DeleteIPFilter(s.t.Context(), s.as(console.RoleOwner), filter.GUID)
			return err
		}
	},
	"CreateUser": func(s *site) func() error {
		return func() error {
			_, err := s.CreateUser(s.t.Context(), s.as(console.RoleOwner), console.NewUser{Email: "new@example.com", Password: phrase, Role: console.RoleMember})
			return err
		}
	},
	"SignIn": func(s *site) func() error {
		s.account("in@example.com")
		return func() error {
			_, err := s.SignIn(s.t.Context(), origin, "in@example.com", phrase, false)
			return err
		}
	},
	"FinishSignIn": func(s *site) func() error {
		_, identity := s.linked()
		s.sso.says(func(said *console.Assertion) { said.Subject = identity.Subject })
		return func() error {
			_, err := s.arrive()
			return err
		}
	},
	"DeleteIdentity": func(s *site) func() error {
		user, identity := s.linked()
		return func() error {
			_, err := s.DeleteIdentity(s.t.Context(), s.as(console.RoleOwner), user.GUID, identity.ID())
			return err
		}
	},
	"EndSession": func(s *site) func() error {
		hash := s.session(s.people[console.RoleMember], "e")
		return func() error { return s.EndSession(s.t.Context(), s.as(console.RoleMember), hash) }
	},
	"SetUp": nil, // see TestNoOwnerWithoutRecord
})

// onToken prepares an active token of its own.
func onToken(do func(s *site, guid console.GUID) error) func(s *site) func() error {
	return func(s *site) func() error {
		token, _ := s.make(s.fresher("token"))
		return func() error { return do(s, token.GUID) }
	}
}

// TestNoRecordNoChange makes the audit log refuse, and compares every row.
func TestNoRecordNoChange(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		changes := map[string]func() error{}
		for name, prepare := range everyPreparation() {
			if prepare != nil {
				changes[name] = prepare(s)
			}
		}
		s.breakAudit()
		before := s.unthrottled()
		for name, change := range changes {
			s.refused(name+" without a record", change(), console.CodeInternal)
			if diff := cmp.Diff(before, s.unthrottled()); diff != "" {
				t.Fatalf("%s without a record changed this: %s", name, diff)
			}
		}
		_, err := s.SignIn(t.Context(), origin, "in@example.com", "wrong", false)
		s.refused("a wrong password without a record", err, console.CodeInternal)
		s.mendAudit()
		for name, change := range changes {
			since := len(s.events())
			s.refused(name+" with a record", change(), "")
			want := 1
			if name == "RunImport" {
				want = 2 // the file, and the token in it
			}
			if got := len(s.events()) - since; got != want {
				t.Errorf("%s is recorded %d times, want %d", name, got, want)
			}
		}
		if diff := cmp.Diff(before, s.unthrottled()); diff == "" {
			t.Error("nothing changed in the end, so that this test sees nothing")
		}
	})
}

// unthrottled is a snapshot without the attempts to sign in, which count
// before anybody knows what becomes of them, and so do ways to providers.
func (s *site) unthrottled() map[string][]string {
	all := s.snapshot()
	delete(all, "throttles")
	delete(all, "sign_in_flows")
	return all
}

func TestFailuresAreNotForgottenWithoutRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.account(annsEmail)
		for range 5 {
			s.try("a failure", origin, annsEmail, "wrong", wrong, 0)
		}
		s.breakAudit()
		s.try("success without a record", origin, annsEmail, phrase, console.CodeInternal, 0)
		s.mendAudit()
		s.try("afterwards", origin, annsEmail, phrase, waits, time.Second)
	})
}

func TestNoOwnerWithoutRecord(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		code := s.setupCode()
		s.breakAudit()
		before := s.snapshot()
		_, err := s.SetUp(t.Context(), origin, code, ann())
		s.refused("setting up without a record", err, console.CodeInternal)
		if diff := cmp.Diff(before, s.snapshot()); diff != "" {
			t.Errorf("this changed: %s", diff)
		}
		s.mendAudit()
		_, err = s.SetUp(t.Context(), origin, code, ann())
		s.refused("setting up with the same code afterwards", err, "")
	})
}

// TestEveryChangeIsTried fails when a verb is added that is neither tried
// without a record nor known to need none.
func TestEveryChangeIsTried(t *testing.T) {
	looking := []string{"Get", "List", "Count", "Preview", "Token", "Views", "ScopeUse", "RepositoryNames", "IPFilterNames", "AssetNames", "PersonalToken", "FindPerson", "InvitationEnd"}
	for name := range everyVerb() {
		_, tried := everyPreparation()[name]
		_, needless := unrecorded[name]
		looks := slices.ContainsFunc(looking, func(start string) bool { return strings.HasPrefix(name, start) })
		if !tried && !needless && !looks {
			t.Errorf("say in preparations how %s changes something, or in unrecorded why it leaves no record", name)
		}
	}
	for name := range unguarded {
		_, tried := everyPreparation()[name]
		_, needless := unrecorded[name]
		changes := !slices.Contains([]string{"Now", "Clock", "Settings", "FixedSettings", "Ready", "Catalogue", "Policies", "HeldSignIn", "LacksFactor", "Seal", "Sealed", "CheckSetupCode", "CheckInvitation", "Authenticate", "Verify", "Introspect", "Allow", "ActAs"}, name)
		if changes && !tried && !needless {
			t.Errorf("say in preparations how %s changes something, or in unrecorded why it leaves no record", name)
		}
	}
}

func TestPurgeTokens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ended, _ := s.make("ended", to(opening.Add(ms)))
		revoked, _ := s.make("revoked")
		_, err := s.RevokeToken(t.Context(), s.as(console.RoleOwner), "", revoked.GUID, "")
		s.must(err)
		s.make("active")
		actor, since := console.System("test"), len(s.events())
		purge := func(at time.Time, want int) {
			t.Helper()
			s.clock.set(at)
			if n, err := s.PurgeTokens(t.Context(), actor); n != want || err != nil {
				t.Errorf("%v after the opening, %d are purged, %v, want %d", at.Sub(opening), n, err, want)
			}
		}
		purge(opening.Add(keep-ms), 0)
		s.recorded(since)
		purge(opening.Add(keep), 1)
		_, err = s.GetToken(t.Context(), s.as(console.RoleOwner), "", revoked.GUID)
		s.refused("what was revoked as long ago as tokens are kept", err, console.CodeNotFound)
		s.token(ended.GUID)
		purge(opening.Add(keep+ms), 1)
		purge(opening.Add(100*keep), 0)
		events := s.events()[since:]
		if len(events) != 2 || events[0].Action != console.TokensPurged || events[0].Actor != actor.Ref() ||
			events[0].Changes[0].Old != string(revoked.GUID)+" revoked" || events[1].Changes[0].Old != string(ended.GUID)+" ended" {
			t.Errorf("recorded are %+v", events)
		}
		if tokens := s.tokens(); len(tokens) != 1 || tokens[0].Name != "active" {
			t.Errorf("left are %v", tokens)
		}
	})
}
