package service_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// An authority says who may do a verb: whoever is not named gets the code
// beside their name.
type authority map[string]console.Code

var (
	writing = authority{
		"auditor": console.CodeForbidden, "member": console.CodeNotFound, "token": console.CodeNotFound, "nobody": console.CodeUnauthenticated,
	}
	lookingUp = authority{"member": console.CodeNotFound, "token": console.CodeNotFound, "nobody": console.CodeUnauthenticated}
	// listing shows to those who may see nothing an empty list.
	listing  = authority{"nobody": console.CodeUnauthenticated}
	managing = authority{
		"administrator": console.CodeForbidden, "auditor": console.CodeForbidden, "member": console.CodeNotFound,
		"token": console.CodeNotFound, "nobody": console.CodeUnauthenticated,
	}
)

// keeping is for people who see tokens, and theirs for what the owner keeps.
var (
	keeping = authority{"member": console.CodeNotFound, "token": console.CodeNotFound, "nobody": console.CodeUnauthenticated}
	theirs  = authority{
		"administrator": console.CodeNotFound, "auditor": console.CodeNotFound, "member": console.CodeNotFound, "token": console.CodeNotFound,
		"system": console.CodeNotFound, "nobody": console.CodeUnauthenticated,
	}
)

// A guarded verb is tried by everybody on something of its own.
type guarded struct {
	who authority
	do  func(s *site, ctx context.Context, actor console.Principal) error
}

// verbs are all verbs that take an actor. The others stand in unguarded.
var verbs = joinedMaps(peopleVerbs, personalVerbs, assetVerbs, bulkVerbs, programVerbs, map[string]guarded{
	"CreateToken": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, _, err := s.CreateToken(ctx, actor, s.request(s.fresher("token")))
		return err
	}},
	"UpdateToken": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, err := s.UpdateToken(ctx, actor, s.repo.GUID, token.GUID, 1, console.TokenPatch{Description: ptr("new")})
		return err
	}},
	"DisableToken": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, err := s.DisableToken(ctx, actor, s.repo.GUID, token.GUID, time.Time{})
		return err
	}},
	"EnableToken": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, err := s.DisableToken(ctx, s.as(console.RoleOwner), "", token.GUID, time.Time{})
		s.must(err)
		_, err = s.EnableToken(ctx, actor, s.repo.GUID, token.GUID)
		return err
	}},
	"RotateToken": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, secret, err := s.RotateToken(ctx, actor, s.repo.GUID, token.GUID, console.Rotation{})
		if secret.IsZero() != (err != nil) {
			return fmt.Errorf("with the error %v comes the secret %q", err, secret.Reveal())
		}
		return err
	}},
	"EndOverlap": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, _, err := s.RotateToken(ctx, s.as(console.RoleOwner), "", token.GUID, console.Rotation{Overlap: console.Overlap{For: time.Hour}})
		s.must(err)
		_, err = s.EndOverlap(ctx, actor, s.repo.GUID, token.GUID)
		return err
	}},
	"ListSecrets": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		secrets, err := s.ListSecrets(ctx, actor, "", token.GUID)
		return seen(len(secrets), err)
	}},
	"TokenUsage": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, err := s.TokenUsage(ctx, actor, "", token.GUID)
		return err
	}},
	"FindBySecret": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, text := s.make(s.fresher("token"))
		_, _, err := s.FindBySecret(ctx, actor, text)
		return err
	}},
	"VerifyFor": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, text := s.make(s.fresher("token"))
		_, err := s.VerifyFor(ctx, actor, text, nowhere)
		return err
	}},
	"RevokeToken": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, err := s.RevokeToken(ctx, actor, s.repo.GUID, token.GUID, "")
		return err
	}},
	"DeleteToken": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, err := s.DeleteToken(ctx, actor, s.repo.GUID, token.GUID, token.Name)
		return err
	}},
	"ApplyBulk": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		outcomes, err := s.ApplyBulk(ctx, actor, s.repo.GUID, []console.GUID{token.GUID}, console.BulkRequest{Verb: console.BulkRevoke})
		if err == nil && (len(outcomes) != 1 || outcomes[0].Effect != console.EffectChanges) {
			return fmt.Errorf("the outcomes are %v", outcomes)
		}
		return err
	}},
	"PurgeTokens": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.PurgeTokens(ctx, actor)
		return err
	}},
	"CreateRepository": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.CreateRepository(ctx, actor, console.NewRepository{Name: s.fresher("repository"), Kind: console.KindRepository})
		return err
	}},
	"UpdateRepository": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		repo := s.repository(s.fresher("repository"))
		_, err := s.UpdateRepository(ctx, actor, repo.GUID, 1, console.NewRepository{Name: repo.Name, Description: "new"})
		return err
	}},
	"DeleteRepository": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.DeleteRepository(ctx, actor, s.repository(s.fresher("repository")).GUID)
	}},
	"CreateScope": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.CreateScope(ctx, actor, s.newScope())
		return err
	}},
	"UpdateScope": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		n := s.newScope()
		_, err := s.CreateScope(ctx, s.as(console.RoleOwner), n)
		s.must(err)
		n.Label = "New"
		_, err = s.UpdateScope(ctx, actor, n.Name, 1, n)
		return err
	}},
	"RetireScope": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		n := s.newScope()
		_, err := s.CreateScope(ctx, s.as(console.RoleOwner), n)
		s.must(err)
		_, err = s.RetireScope(ctx, actor, n.Name, true)
		return err
	}},
	"CreateIPFilter": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.CreateIPFilter(ctx, actor, console.NewIPFilter{Name: s.fresher("filter")})
		return err
	}},
	"UpdateIPFilter": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.UpdateIPFilter(ctx, actor, s.ipFilter("").GUID, 1, console.NewIPFilter{Name: s.fresher("filter"), Text: "deny all"}, false)
		return err
	}},
	"DeleteIPFilter": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.DeleteIPFilter(ctx, actor, s.ipFilter("").GUID)
		return err
	}},
	"GetIPFilter": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetIPFilter(ctx, actor, s.ipFilter("").GUID)
		return err
	}},
	"GetIPFilterNamed": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetIPFilterNamed(ctx, actor, s.ipFilter("").Name)
		return err
	}},
	"GetTokenIPFilter": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		filter := s.ipFilter("deny all")
		token, _ := s.make(s.fresher("token"), filtered(filter))
		got, err := s.GetTokenIPFilter(ctx, actor, "", token.GUID)
		if err == nil && got != filter {
			return fmt.Errorf("it is %+v", got)
		}
		return err
	}},
	"ListIPFilters": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		s.ipFilter("")
		filters, err := s.ListIPFilters(ctx, actor)
		return seen(len(filters), err)
	}},
	"ListRepositoryIPFilters": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"), filtered(s.ipFilter("")))
		filters, err := s.ListRepositoryIPFilters(ctx, actor, s.repo.GUID)
		return seen(len(filters), err)
	}},
	"IPFilterNames": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.ipFilter("")
		names, err := s.IPFilterNames(ctx, actor)
		return shown(actor, len(names), err)
	}},
	"CreateUser": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.CreateUser(ctx, actor, console.NewUser{Email: s.fresher("person") + "@example.com", Password: phrase, Role: console.RoleMember})
		return err
	}},
	"GetSettings": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetSettings(ctx, actor)
		return err
	}},
	"UpdateSettings": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		stored, err := s.store.FindSettings(ctx)
		s.must(err)
		_, err = s.UpdateSettings(ctx, actor, stored.Version, console.SettingsPatch{Organization: ptr(s.fresher("organization"))})
		return err
	}},
	"ListProviders": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		reports, err := s.ListProviders(ctx, actor)
		return seen(len(reports), err)
	}},
	"ListIdentities": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		user, _ := s.linked()
		_, identities, err := s.ListIdentities(ctx, actor, user.GUID)
		return seen(len(identities), err)
	}},
	"DeleteIdentity": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		user, identity := s.linked()
		_, err := s.DeleteIdentity(ctx, actor, user.GUID, identity.ID())
		return err
	}},
	"ListPolicies": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		policies, err := s.ListPolicies(ctx, actor)
		return seen(len(policies), err)
	}},
	"PreviewPolicy": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.PreviewPolicy(ctx, actor, console.Policy{Type: console.TypeOrganizationManagement})
		return err
	}},
	"UpdatePolicy": {managing, func(s *site, ctx context.Context, actor console.Principal) error {
		policies, err := s.Policies(ctx)
		s.must(err)
		before := policies.Of(console.TypeOrganizationManagement)
		_, err = s.UpdatePolicy(ctx, actor, before.Version, console.Policy{Type: console.TypeOrganizationManagement, MaximumDays: before.MaximumDays + 1}, true)
		return err
	}},
	"GetToken": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		_, err := s.GetToken(ctx, actor, "", token.GUID)
		return err
	}},
	"TokenHistory": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		events, err := s.TokenHistory(ctx, actor, token.GUID)
		return seen(len(events), err)
	}},
	"PreviewBulk": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		outcomes, err := s.PreviewBulk(ctx, actor, "", []console.GUID{token.GUID}, console.BulkRequest{Verb: console.BulkRevoke})
		return seen(len(outcomes), err)
	}},
	"GetRepository": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.GetRepository(ctx, actor, s.repo.Name)
		return err
	}},
	"ViewsOf": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ViewsOf(ctx, actor, s.repo.GUID)
		return err
	}},
	"ScopeUse": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ScopeUse(ctx, actor)
		return err
	}},
	"VerifyAudit": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.VerifyAudit(ctx, actor, "", nil)
		return err
	}},
	"ListAuditEvents": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		page, err := s.ListAuditEvents(ctx, actor, console.AuditFilter{}, console.PageRequest{})
		return seen(len(page.Items), err)
	}},
	"AuditName": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		name, err := s.AuditName(ctx, actor, s.repo.GUID)
		return seen(len(name), err)
	}},
	"ExportAudit": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		n := 0
		err := s.ExportAudit(ctx, actor, console.AuditFilter{}, console.ExportCSV, func(console.AuditEvent) error { n++; return nil })
		return seen(n, err)
	}},
	"ExportTokens": {lookingUp, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		n := 0
		err := s.ExportTokens(ctx, actor, console.TokenExport{Format: console.ExportCSV}, func(console.TokenLine) error { n++; return nil })
		return seen(n, err)
	}},
	"ListViews": {keeping, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ListViews(ctx, actor, console.ViewOfAll)
		return err
	}},
	"CreateView": {keeping, func(s *site, ctx context.Context, actor console.Principal) error {
		if actor.Kind == console.PrincipalSystem {
			return nil // it keeps none
		}
		_, err := s.CreateView(ctx, actor, console.View{Place: console.ViewOfAll, Name: s.fresher("view")})
		return err
	}},
	"UpdateView": {theirs, func(s *site, ctx context.Context, actor console.Principal) error {
		v := s.viewNamed(s.fresher("view"))
		v.Name = s.fresher("view")
		_, err := s.UpdateView(ctx, actor, v, nil)
		return err
	}},
	"DeleteView": {theirs, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.DeleteView(ctx, actor, s.viewNamed(s.fresher("view")))
	}},
	"SetDefaultView": {theirs, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.SetDefaultView(ctx, actor, console.ViewOfAll, s.viewNamed(s.fresher("view")).GUID)
	}},
	"CreateImport": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		if actor.Kind == console.PrincipalSystem {
			return nil // it keeps no files
		}
		_, err := s.CreateImport(ctx, actor, s.imports("name,scopes\na,ReadAccess\n"))
		return err
	}},
	"ListImports": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		_, err := s.ListImports(ctx, actor)
		return err
	}},
	"GetImport": {authority{
		"auditor": console.CodeForbidden, "member": console.CodeNotFound, "token": console.CodeNotFound, "nobody": console.CodeUnauthenticated,
		"administrator": console.CodeNotFound, "system": console.CodeNotFound,
	}, func(s *site, ctx context.Context, actor console.Principal) error {
		made, err := s.CreateImport(ctx, s.as(console.RoleOwner), s.imports("name,scopes\na,ReadAccess\n"))
		s.must(err)
		_, err = s.GetImport(ctx, actor, made.GUID)
		return err
	}},
	"PreviewImport": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		lines, err := s.PreviewImport(ctx, actor, s.imports("name,scopes\na,ReadAccess\n"))
		return seen(len(lines), err)
	}},
	"RunImport": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		n := 0
		err := s.RunImport(ctx, actor, s.imports("name,scopes,repositories\n"+s.fresher("token")+",ReadAccess,web-logs\n"), false, func(console.ImportLine, console.Secret) error { n++; return nil })
		return seen(n, err)
	}},
	"RotateImported": {writing, func(s *site, ctx context.Context, actor console.Principal) error {
		return s.RotateImported(ctx, actor, s.imports("name,scopes\na,ReadAccess\n"), func(console.ImportLine, console.Secret) error { return nil })
	}},
	"ListTokens": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		page, err := s.ListTokens(ctx, actor, console.TokenFilter{}, console.TokenSort{Key: console.SortName}, console.PageRequest{})
		return shown(actor, len(page.Items)+page.Total, err)
	}},
	"ListCountedTokens": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		page, counts, err := s.ListCountedTokens(ctx, actor, console.TokenFilter{}, console.TokenSort{Key: console.SortName}, console.PageRequest{})
		return shown(actor, len(page.Items)+page.Total+counts[console.FilterAll], err)
	}},
	"Find": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		token, _ := s.make(s.fresher("token"))
		found, err := s.Find(ctx, actor, string(token.GUID)[:13])
		return shown(actor, len(found.Tokens)+len(found.Repositories)+len(found.People), err)
	}},
	"Overview": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		o, err := s.Overview(ctx, actor)
		return shown(actor, o.Tokens.N+o.Statuses[console.StatusActive].N+len(o.Recent), err)
	}},
	"CountTokens": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		s.make(s.fresher("token"))
		counts, err := s.CountTokens(ctx, actor, console.TokenFilter{})
		return shown(actor, counts[console.FilterAll]+counts[console.FilterActive], err)
	}},
	"ListRepositories": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		page, err := s.ListRepositories(ctx, actor, console.RepositoryFilter{}, console.PageRequest{})
		return shown(actor, len(page.Items)+page.Total, err)
	}},
	"RepositoryNames": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		names, err := s.RepositoryNames(ctx, actor, console.RepositoryRead, "")
		return shown(actor, len(names), err)
	}},
	"ListUsers": {listing, func(s *site, ctx context.Context, actor console.Principal) error {
		users, err := s.ListUsers(ctx, actor)
		return shown(actor, len(users), err)
	}},
})

// joinedMaps puts tables together that stand in several files.
func joinedMaps[K comparable, T any](tables ...map[K]T) map[K]T {
	all := map[K]T{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// unguarded are the verbs that need no role, and why.
var unguarded = map[string]string{
	"Now": "a clock", "Glance": "asks nothing", "Clock": "a clock", "Settings": "what holds for everybody", "FixedSettings": "where the program was started", "UpdatePreferences": "one's own", "Ready": "a probe", "Catalogue": "no secret", "Policies": "told to whoever makes a token",
	"Seal": "for the surfaces", "Sealed": "for the surfaces", "Sweep": "by the program itself", "AuditHead": "for the program's log",
	"NewSetupCode": "printed where the program runs", "CheckSetupCode": "the code is the authority", "SetUp": "the code is the authority",
	"HoldSignIn": "after SignIn", "HeldSignIn": "the cookie is the authority", "AskSignIn": "the cookie is the authority",
	"CompleteSignIn": "the cookie and the factor are the authority", "LacksFactor": "for the surfaces",
	"SignIn": "the password is the authority", "ActAs": "running the program is the authority", "RecordDenial": "for the surfaces", "RecordRepeats": "by the program itself", "StartSession": "after SignIn", "FindSession": "the cookie is the authority",
	"SignInProviders": "no secret", "StartSignIn": "before anybody is known", "FinishSignIn": "the provider's word is the authority",
	"SaveNotices": "the cookie is the authority", "EndSession": "the cookie is the authority", "Authenticate": "the secret is the authority", "AuthenticateCaller": "the secret is the authority", "IPFiltersOf": "of tokens that one was shown", "Verify": "the secret is the authority", "Introspect": "see TestWhoMayIntrospect",
	"CheckInvitation": "the code is the authority", "AcceptInvitation": "the code is the authority", "RevokePresented": "the secret is the authority",
	"RevokeOwn": "the secret is the authority", "WorkBulkJobs": "by the program itself", "KeepUsage": "by the program itself", "FlushUsage": "by the program itself", "FollowChanges": "by the program itself", "KeepCounts": "by the program itself", "CheckClock": "by the program itself", "Figures": "for the program's operators", "Pools": "for the program's operators", "Observe": "for the program's operators",
	"Allow":        "the secret is the authority, and the gate knows its gateways",
	"CallerFailed": "for the surfaces", "StrangerFailed": "for the surfaces", "LeakReported": "for the surfaces",
	"FillSynthetic": "managing, and too slow for this test", "FillUsage": "as FillSynthetic",
}

// shown expects something for those who may see it, and nothing for others.
func shown(actor console.Principal, n int, err error) error {
	if err == nil && (n > 0) != actor.May(console.TokenRead) {
		return fmt.Errorf("%s is shown %d", actor.Name, n)
	}
	return err
}

func seen(n int, err error) error {
	if err == nil && n == 0 {
		return fmt.Errorf("nothing is shown")
	}
	return err
}

// fresher is a name that nothing has had before.
func (s *site) fresher(what string) string { return what + "-" + console.NewGUID().Digits() }

func (s *site) newScope() console.NewScope {
	return console.NewScope{Name: "x" + console.NewGUID().Digits() + ":read", Label: "Read", Types: []console.Type{console.TypeSystem}}
}

func TestWhoMayDoWhat(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		actors := map[string]console.Principal{
			"owner": s.as(console.RoleOwner), "administrator": s.as(console.RoleAdministrator), "auditor": s.as(console.RoleAuditor),
			"member": s.as(console.RoleMember), "system": console.System("system"), "nobody": origin,
			"token": {Kind: console.PrincipalToken, GUID: console.NewGUID(), Name: "token", Scopes: []string{console.ScopeIntrospect, "ReadAccess"}},
		}
		for name, verb := range everyVerb() {
			for who, actor := range actors {
				s.clock.forward(time.Minute) // until then a denial is not recorded again
				before := s.newest()
				err := verb.do(s, t.Context(), actor)
				s.refused(who+" tries "+name, err, verb.who[who])
				if err == nil {
					continue
				}
				recorded := s.eventsAfter(before, actor)
				denied := console.CodeOf(err) == console.CodeForbidden
				if denied != (len(recorded) == 1) || len(recorded) > 1 || denied && recorded[0].Action != console.AccessDenied {
					t.Errorf("%s is refused %s (%v), and this is recorded: %v (verbs that change something wrap actor.Need in s.RecordDenial)", who, name, err, recorded)
				}
			}
		}
		s.refused("an administrator tries FillSynthetic", s.FillSynthetic(t.Context(), actors["administrator"], 1), console.CodeForbidden)
	})
}

// newest is the newest event's number.
func (s *site) newest() int64 {
	s.t.Helper()
	page, err := s.store.ListAuditEvents(s.t.Context(), console.AuditFilter{}, console.PageRequest{Size: 1})
	s.must(err)
	return page.Items[0].ID
}

// eventsAfter are those, of the newest hundred, that actor caused since that one.
func (s *site) eventsAfter(id int64, actor console.Principal) []console.AuditEvent {
	s.t.Helper()
	page, err := s.store.ListAuditEvents(s.t.Context(), console.AuditFilter{}, console.PageRequest{Size: 100})
	s.must(err)
	return slices.DeleteFunc(page.Items, func(e console.AuditEvent) bool {
		return e.ID <= id || e.ActorKind != actor.Kind || e.Actor != actor.Ref()
	})
}

// TestEveryVerbIsTested fails when a verb is added and nobody says who may do it.
func TestEveryVerbIsTested(t *testing.T) {
	methods := map[string]bool{}
	for method := range reflect.TypeFor[*service.Service]().Methods() {
		methods[method.Name] = true
		_, isGuarded := everyVerb()[method.Name]
		_, isOpen := unguarded[method.Name]
		if isGuarded == isOpen {
			t.Errorf("say in verbs or in unguarded who may do %s", method.Name)
		}
	}
	for name := range everyVerb() {
		if !methods[name] {
			t.Errorf("there is no verb %s", name)
		}
	}
	for name := range unguarded {
		if !methods[name] {
			t.Errorf("there is no verb %s", name)
		}
	}
}
