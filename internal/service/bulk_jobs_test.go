package service_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// bulkVerbs are the verbs about jobs.
var bulkVerbs = map[string]guarded{
	"PreviewBulkJob": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		preview, err := s.PreviewBulkJob(ctx, actor, console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRevoke})
		return seen(preview.Changed, err)
	}},
	"StartBulkJob": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.StartBulkJob(ctx, s.anew(actor), console.TokenFilter{}, console.BulkRequest{Verb: console.BulkEnable})
		return err
	}},
	"CancelBulkJob": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.CancelBulkJob(ctx, actor, s.started().GUID)
		return err
	}},
	"GetBulkJob": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetBulkJob(ctx, actor, s.started().GUID)
		return err
	}},
	"EachBulkOutcome": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		n := 0
		err := s.EachBulkOutcome(ctx, actor, s.worked(s.started()).GUID, func(console.BulkOutcome) error { n++; return nil })
		return seen(n, err)
	}},
	"WorkBulkJob": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.WorkBulkJob(ctx, actor, s.started().GUID, func(console.BulkJob) {})
		return err
	}},
	"ListBulkJobs": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.started()
		page, err := s.ListBulkJobs(ctx, actor, console.PageRequest{})
		return shown(actor, len(page.Items), err)
	}},
}

// anew is actor with a sign-in that was not ended since.
func (s *site) anew(actor console.Principal) console.Principal {
	if user, err := s.store.FindUser(s.t.Context(), actor.GUID); err == nil {
		actor.Epoch = user.Epoch
	}
	return actor
}

// started is a job that an owner started, about one token.
func (s *site) started() console.BulkJob {
	s.t.Helper()
	name := s.fresher("token")
	s.make(name)
	job, err := s.StartBulkJob(s.t.Context(), s.anew(s.as(console.RoleOwner)), console.TokenFilter{Name: name}, console.BulkRequest{Verb: console.BulkDisable})
	s.must(err)
	return job
}

// worked works off a job and returns it as it ended.
func (s *site) worked(job console.BulkJob) console.BulkJob {
	s.t.Helper()
	job, err := s.WorkBulkJob(s.t.Context(), s.as(console.RoleOwner), job.GUID, func(console.BulkJob) {})
	s.must(err)
	return job
}

// outcomes are those of a job, by the names of the tokens.
func (s *site) outcomes(job console.BulkJob) map[string]string {
	s.t.Helper()
	all := map[string]string{}
	s.must(s.EachBulkOutcome(s.t.Context(), s.as(console.RoleOwner), job.GUID, func(o console.BulkOutcome) error {
		if _, twice := all[o.Name]; twice {
			s.t.Errorf("%s has two outcomes", o.Name)
		}
		all[o.Name] = strings.TrimSpace(string(o.Effect) + " " + o.Why)
		return nil
	}))
	return all
}

// TestBulkJobsDoWhatTheyForesee for each verb: what the preview counts happens,
// each token has one outcome, and one event that names the job.
func TestBulkJobsDoWhatTheyForesee(t *testing.T) {
	end := opening.Add(50 * day)
	for name, row := range map[string]struct {
		request func() console.BulkRequest
		want    map[string]string
		stands  func(token console.Token) bool
		action  console.Action
	}{
		"revoke": {
			func() console.BulkRequest { return console.BulkRequest{Verb: console.BulkRevoke, Reason: "leaked"} },
			map[string]string{"plain": "changes", "ending": "changes", "paused": "changes", "ended": "none Already expired.", "wide": "changes"},
			func(t console.Token) bool { return t.RevokedAt.After(opening) && t.RevokeReason == "leaked" }, console.TokenRevoked,
		},
		"disable": {
			func() console.BulkRequest { return console.BulkRequest{Verb: console.BulkDisable} },
			map[string]string{"plain": "changes", "ending": "changes", "paused": "none Already disabled.", "ended": "refused Expired tokens stay so.", "wide": "changes"},
			func(t console.Token) bool { return t.DisabledAt.After(opening) }, console.TokenDisabled,
		},
		"enable": {
			func() console.BulkRequest { return console.BulkRequest{Verb: console.BulkEnable} },
			map[string]string{"plain": "none Not disabled.", "ending": "none Not disabled.", "paused": "changes", "ended": "refused Expired tokens stay so.", "wide": "none Not disabled."},
			func(t console.Token) bool { return t.DisabledAt.IsZero() }, console.TokenEnabled,
		},
		"extend": {
			func() console.BulkRequest { return console.BulkRequest{Verb: console.BulkExtend, ValidTo: end} },
			map[string]string{"plain": "none Never expires.", "ending": "changes", "paused": "none Never expires.", "ended": "refused Expired tokens stay so.", "wide": "none Never expires."},
			func(t console.Token) bool { return t.ValidTo.Equal(end) }, console.TokenEdited,
		},
		"transfer": {
			func() console.BulkRequest { return console.BulkRequest{Verb: console.BulkTransfer} },
			map[string]string{"plain": "changes", "ending": "changes", "paused": "changes", "ended": "refused Expired tokens stay so.", "wide": "changes"},
			func(t console.Token) bool { return t.Owner.Name == "Auditor" }, console.TokenEdited,
		},
		"add a scope": {
			func() console.BulkRequest {
				return console.BulkRequest{Verb: console.BulkAddScope, Scope: "ChangeFiles"}
			},
			map[string]string{"plain": "changes", "ending": "changes", "paused": "changes", "ended": "refused Expired tokens stay so.", "wide": "none Already has ChangeFiles."},
			func(t console.Token) bool { return slices.Equal(t.Scopes, []string{"ChangeFiles", "ReadAccess"}) }, console.TokenEdited,
		},
		"remove a scope": {
			func() console.BulkRequest {
				return console.BulkRequest{Verb: console.BulkRemoveScope, Scope: "ReadAccess"}
			},
			map[string]string{"plain": "refused It would be left without a scope.", "ending": "refused It would be left without a scope.", "paused": "refused It would be left without a scope.", "ended": "refused Expired tokens stay so.", "wide": "changes"},
			func(t console.Token) bool { return slices.Equal(t.Scopes, []string{"ChangeFiles"}) }, console.TokenEdited,
		},
		"delete": {
			func() console.BulkRequest { return console.BulkRequest{Verb: console.BulkDelete} },
			map[string]string{"plain": "changes", "ending": "changes", "paused": "changes", "ended": "changes", "wide": "changes"},
			nil, console.TokenDeleted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				ctx, actor := t.Context(), s.as(console.RoleAdministrator)
				tokens := map[string]console.Token{}
				tokens["plain"], _ = s.make("plain")
				tokens["ending"], _ = s.make("ending", to(opening.Add(day)))
				tokens["paused"], _ = s.make("paused")
				tokens["ended"], _ = s.make("ended", to(opening.Add(ms)))
				tokens["wide"], _ = s.make("wide", func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "ChangeFiles"} })
				s.make("elsewhere", in(s.repository("api-logs")))
				_, err := s.DisableToken(ctx, actor, "", tokens["paused"].GUID, time.Time{})
				s.must(err)
				s.clock.forward(time.Second)
				request := row.request()
				if request.Verb == console.BulkTransfer {
					request.Owner = s.people[console.RoleAuditor].GUID
				}
				filter := console.TokenFilter{Repository: s.repo.GUID}
				since := len(s.events())
				preview, err := s.PreviewBulkJob(ctx, actor, filter, request)
				s.must(err)
				s.recorded(since)
				job, err := s.StartBulkJob(ctx, actor, filter, request)
				s.must(err)
				s.clock.forward(ms)
				late, _ := s.make("made later")
				job = s.worked(job)
				if got := s.outcomes(job); fmt.Sprint(got) != fmt.Sprint(row.want) {
					t.Errorf("the outcomes are %v, want %v", got, row.want)
				}
				if preview.Changed != job.Changed || preview.Same != job.Same || preview.Refused != job.Refused || job.Total != 5 || job.End != console.EndDone || job.Left() != 0 {
					t.Errorf("foreseen was %+v, done are %d, %d and %d of %d", preview, job.Changed, job.Same, job.Refused, job.Total)
				}
				changed := 0
				for _, e := range s.events() {
					if e.Parent == "" {
						continue
					}
					changed++
					if e.Parent != job.GUID || e.Action != row.action || e.Actor != actor.Ref() || e.RequestID != actor.RequestID || len(e.Changes) == 0 {
						t.Errorf("recorded is %+v", e)
					}
				}
				if changed != job.Changed {
					t.Errorf("%d events name the job, %d changed", changed, job.Changed)
				}
				for name, want := range row.want {
					if row.stands == nil {
						_, err := s.GetToken(ctx, actor, "", tokens[name].GUID)
						s.refused(name, err, console.CodeNotFound)
					} else if token := s.token(tokens[name].GUID); want == "changes" && (!row.stands(token) || token.Version != tokens[name].Version+1+strings.Count(name, "paused")) {
						t.Errorf("%s is now %+v", name, token)
					}
				}
				if got := s.token(late.GUID); got.Version != 1 {
					t.Errorf("what was made later is now %+v", got)
				}
				if report := s.verify(""); report.Why != "" {
					t.Error(report.Why)
				}
			})
		})
	}
}

// TestBulkJobsGoOnAfterACrash: a worker who is gone, and one that failed in the
// middle of a batch, leave everything as it was before it.
func TestBulkJobsGoOnAfterACrash(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 250 {
			s.make(fmt.Sprintf("t-%d", i))
		}
		actor := s.as(console.RoleOwner)
		job, err := s.StartBulkJob(t.Context(), actor, console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRevoke})
		s.must(err)
		ctx, crash := context.WithCancel(t.Context())
		_, err = s.WorkBulkJob(ctx, actor, job.GUID, func(j console.BulkJob) {
			if j.Worked() > 0 {
				crash()
			}
		})
		if err == nil {
			t.Fatal("it did not crash")
		}
		half, err := s.GetBulkJob(t.Context(), actor, job.GUID)
		s.must(err)
		if half.Worked() == 0 || half.Finished() {
			t.Fatalf("it crashed at %+v", half)
		}
		s.breakAudit()
		s.clock.forward(time.Minute) // the lease is over
		if _, err := s.WorkBulkJob(t.Context(), actor, job.GUID, func(console.BulkJob) {}); err == nil {
			t.Error("changes were made without a record")
		}
		s.mendAudit()
		if after, err := s.GetBulkJob(t.Context(), actor, job.GUID); err != nil || after.Worked() != half.Worked() {
			t.Errorf("without a record it came from %d to %d, %v", half.Worked(), after.Worked(), err)
		}
		s.clock.forward(time.Minute) // what failed is tried again later
		ends := together(2, func(int) console.BulkEnd {
			done, err := s.WorkBulkJob(t.Context(), actor, job.GUID, func(console.BulkJob) {})
			if err != nil {
				t.Error(err)
			}
			return done.End
		})
		job, err = s.GetBulkJob(t.Context(), actor, job.GUID)
		s.must(err)
		times := map[console.GUID]int{}
		finished := 0
		for _, e := range s.events() {
			if e.Action == console.TokenRevoked {
				times[e.Target.GUID]++
			}
			if e.Action == console.BulkFinished {
				finished++
			}
		}
		for guid, n := range times {
			if n != 1 {
				t.Errorf("%s was revoked %d times", guid, n)
			}
		}
		if len(times) != 250 || job.Changed != 250 || finished != 1 || ends[0] != console.EndDone || len(s.outcomes(job)) != 250 {
			t.Errorf("%d were revoked, %d times finished, the job is %+v", len(times), finished, job)
		}
		if report := s.verify(""); report.Why != "" {
			t.Error(report.Why)
		}
	})
}

func TestBulkJobsEndEarly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for i := range 150 {
			s.make(fmt.Sprintf("t-%d", i))
		}
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		request := console.BulkRequest{Verb: console.BulkDisable}
		// Somebody who is demoted in the middle.
		who := s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager})
		job, err := s.StartBulkJob(ctx, origin.As(who), console.TokenFilter{}, request)
		s.must(err)
		job, err = s.WorkBulkJob(ctx, owner, job.GUID, func(j console.BulkJob) {
			if j.Worked() > 0 {
				s.must(s.store.PutMembership(ctx, who.GUID, s.repo.GUID, console.MemberViewer))
			}
		})
		s.must(err)
		if job.End != console.EndStopped || job.Worked() == 0 || job.Left() != job.Total-job.Worked() || job.Why != "Mem may not change tokens any more." {
			t.Errorf("the job of somebody demoted is %+v", job)
		}
		if last := s.events()[len(s.events())-1]; last.Action != console.BulkStopped || last.Reason != job.Why || last.Target != job.AsTarget() {
			t.Errorf("recorded is %+v", last)
		}
		// One that is cancelled in the middle.
		job, err = s.StartBulkJob(ctx, owner, console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRevoke})
		s.must(err)
		for name, code := range map[console.Role]console.Code{console.RoleAuditor: console.CodeForbidden, console.RoleMember: console.CodeNotFound} {
			_, err := s.CancelBulkJob(ctx, s.as(name), job.GUID)
			s.refused(string(name), err, code)
		}
		job, err = s.WorkBulkJob(ctx, owner, job.GUID, func(j console.BulkJob) {
			if j.Worked() > 0 && !j.Finished() {
				_, err := s.CancelBulkJob(ctx, s.as(console.RoleAdministrator), job.GUID)
				s.must(err)
			}
		})
		s.must(err)
		left := 0
		for _, effect := range s.outcomes(job) {
			if effect == "" {
				left++
			}
		}
		if job.End != console.EndCancelled || job.Worked() == 0 || left != job.Left() || left == 0 {
			t.Errorf("%d are left of %+v", left, job)
		}
		again, err := s.CancelBulkJob(ctx, owner, job.GUID)
		s.must(err)
		if !again.FinishedAt.Equal(job.FinishedAt) {
			t.Error("it was cancelled again")
		}
	})
}

// TestBulkJobsStopWithTheSignIns: what was started from a session that somebody
// else may have had does not go on when that was ended. Signing out is no reason.
func TestBulkJobsStopWithTheSignIns(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		s.make("one")
		person := func() (console.User, string) {
			user := s.person(console.User{Name: "Pat", Role: console.RoleAdministrator})
			return user, s.sessionOf(user)
		}
		link := func(who console.User) string {
			_, code, err := s.CreateUserLink(ctx, owner, who.GUID)
			s.must(err)
			return code
		}
		const ended = "The sessions of Pat were ended since it was started."
		for _, row := range []struct {
			name string
			why  string
			do   func(who console.User, session string) error
		}{
			{"signed out", "", func(who console.User, session string) error { return s.EndSession(ctx, origin.As(who), session) }},
			{"a new password", ended, func(who console.User, session string) error {
				s.must(s.store.UpdatePassword(ctx, who.GUID, cheapHash()))
				return s.ChangePassword(ctx, origin.As(who), session, session, phrase, "other "+phrase)
			}},
			{"a link", ended, func(who console.User, _ string) error { link(who); return nil }},
			{"second factors reset", ended, func(who console.User, _ string) error {
				s.passkey(origin.As(who))
				_, err := s.ResetFactors(ctx, owner, who.GUID)
				return err
			}},
			{"a session ended by themselves", ended, func(who console.User, session string) error {
				return s.RevokeSession(ctx, origin.As(who), who.GUID, s.sessions(who)[0].GUID)
			}},
			{"all others ended by themselves", ended, func(who console.User, session string) error {
				_, err := s.RevokeSessions(ctx, origin.As(who), who.GUID, session)
				return err
			}},
			{"all ended by an owner", ended, func(who console.User, _ string) error {
				_, err := s.RevokeSessions(ctx, owner, who.GUID, "")
				return err
			}},
			{"disabled", "Pat may not change tokens any more.", func(who console.User, _ string) error {
				_, err := s.DisableUser(ctx, owner, who.GUID, console.Departure{})
				return err
			}},
			{"disabled and enabled", ended, func(who console.User, _ string) error {
				_, err := s.DisableUser(ctx, owner, who.GUID, console.Departure{})
				s.must(err)
				_, err = s.EnableUser(ctx, owner, who.GUID)
				return err
			}},
		} {
			who, session := person()
			job, err := s.StartBulkJob(ctx, origin.As(who), console.TokenFilter{}, console.BulkRequest{Verb: console.BulkEnable})
			s.must(err)
			s.must(row.do(who, session))
			job = s.worked(job)
			if want := map[bool]console.BulkEnd{true: console.EndDone, false: console.EndStopped}[row.why == ""]; job.End != want || job.Why != row.why || (row.why != "") != (job.Worked() == 0) {
				t.Errorf("%s: the job is %+v", row.name, job)
			}
			// A request that was let in before starts nothing any more, either.
			_, err = s.StartBulkJob(ctx, origin.As(who), console.TokenFilter{}, console.BulkRequest{Verb: console.BulkEnable})
			s.refused(row.name, err, map[bool]console.Code{true: "", false: console.CodeUnauthenticated}[row.why == ""])
		}
	})
}

// TestBulkJobsAreOneselfs: others than those who see every token see their own
// jobs only, and in them only what they could see.
func TestBulkJobsAreOneselfs(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		s.make("mine")
		s.make("unseen", func(n *console.NewToken) { n.Scopes = []string{"ChangeFiles"} })
		s.make("partly", func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "ChangeFiles"} })
		s.make("foreign", in(s.repository("api-logs")))
		actor := origin.As(s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}))
		preview, err := s.PreviewBulkJob(ctx, actor, console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRevoke})
		s.must(err)
		if preview.Changed != 1 || preview.Refused != 1 || preview.Total() != 2 || preview.Reasons[0].Why != "This token has ChangeFiles, which you don’t hold. An administrator can change it." {
			t.Errorf("the preview is %+v", preview)
		}
		job, err := s.StartBulkJob(ctx, actor, console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRevoke})
		s.must(err)
		job = s.worked(job)
		if got := s.outcomes(job); len(got) != 2 || got["mine"] != "changes" || !strings.HasPrefix(got["partly"], "refused ") {
			t.Errorf("the outcomes are %v", got)
		}
		other := origin.As(s.member([]string{"ReadAccess"}, map[console.GUID]console.MemberRole{s.repo.GUID: console.MemberManager}))
		for _, row := range []struct {
			who  console.Principal
			code console.Code
		}{{actor, ""}, {other, console.CodeNotFound}, {s.as(console.RoleAuditor), ""}, {s.as(console.RoleAdministrator), ""}, {console.Principal{}, console.CodeUnauthenticated}} {
			_, err := s.GetBulkJob(ctx, row.who, job.GUID)
			s.refused("get as "+row.who.Name, err, row.code)
			s.refused("outcomes as "+row.who.Name, s.EachBulkOutcome(ctx, row.who, job.GUID, func(console.BulkOutcome) error { return nil }), row.code)
			if page, err := s.ListBulkJobs(ctx, row.who, console.PageRequest{}); row.who.Known() && (err != nil || (len(page.Items) == 1) != (row.code == "")) {
				t.Errorf("%s is listed %v, %v", row.who.Name, page, err)
			}
		}
		stale := actor
		stale.ProvedAt = opening.Add(-time.Hour)
		_, err = s.StartBulkJob(ctx, stale, console.TokenFilter{}, console.BulkRequest{Verb: console.BulkDisable})
		s.refused("without a fresh proof", err, console.CodeUnproved)
		for _, scope := range []string{"", "a\x00b", strings.Repeat("a", console.ScopeNameLimit+1)} {
			_, err = s.StartBulkJob(ctx, s.as(console.RoleOwner), console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRemoveScope, Scope: scope})
			s.refused("a scope that can have no name", err, console.CodeInvalid, "scope")
		}
	})
}

// TestBulkJobsAreForgotten some time after they ended.
func TestBulkJobsAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.make("one")
		job, err := s.StartBulkJob(t.Context(), s.as(console.RoleOwner), console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRevoke})
		s.must(err)
		job = s.worked(job)
		for _, row := range []struct {
			at   time.Time
			code console.Code
		}{{job.FinishedAt.Add(90 * day), ""}, {job.FinishedAt.Add(90*day + ms), console.CodeNotFound}} {
			s.clock.set(row.at)
			s.must(s.Sweep(t.Context()))
			_, err := s.GetBulkJob(t.Context(), s.as(console.RoleOwner), job.GUID)
			s.refused(row.at.String(), err, row.code)
		}
	})
}
