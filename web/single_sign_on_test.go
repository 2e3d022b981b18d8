package web_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/cores"
	"latchkey/internal/oidc"
	"latchkey/internal/oidc/oidctest"
	"latchkey/internal/service"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

var jane = oidctest.Person{Subject: "jane-1", Email: "jane@example.com", Verified: true, Name: "Jane Doe", Groups: []string{"developers"}}

// developers may manage the tokens of web-logs.
var developers = console.Mapping{"developers": {
	Role: console.RoleMember, Repositories: map[string]console.MemberRole{"web-logs": console.MemberManager}, Scopes: []string{"ReadAccess"},
}}

// local is a console.Provider's address at the site that leads back to it.
func local(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.RequestURI()
}

// TestSigningInAtAProvider goes the whole way, from the sign-in page to the page
// that was wanted, with a provider that others wrote.
func TestSigningInAtAProvider(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		person := jane
		op := oidctest.StartOP(t, &person)
		settings := op.Settings("northwind")
		settings.Create, settings.Mapping = true, developers
		site := webtest.NewWithProviders(t, st, []service.Provider{oidc.New(settings, oidctest.ClientSecret, time.Now)})
		op.Register(site.URL, "northwind")
		site.Repository("web-logs")
		site.Repository("app-logs")
		v, wanted := site.Visitor(), "/repositories/web-logs/settings/tokens?status=all"
		login := v.Get(v.Get(wanted).Header.Get("Location")).Want(http.StatusOK)
		link := login.Attr(`a[href^="/login/northwind"]`, "href")
		if login.Text(`a[href^="/login/northwind"]`) != "Continue with Northwind SSO" || login.Text(".or") != "or" {
			t.Fatalf("the page offers %q", login.Texts("a"))
		}
		before := v.Cookie("latchkey")
		away := v.Get(link).Want(http.StatusSeeOther)
		cookie := away.Header.Get("Set-Cookie")
		for _, part := range []string{"latchkey-flow=", "HttpOnly", "SameSite=Lax", "Max-Age=600", "Path=/"} {
			if !strings.Contains(cookie, part) {
				t.Errorf("the cookie is %s", cookie)
			}
		}
		back := local(t, op.SignIn(t, away.Header.Get("Location"), jane.Subject))
		in := v.Get(back).Want(http.StatusSeeOther)
		if in.Header.Get("Location") != wanted || v.Cookie("latchkey-flow") != "" || v.Cookie("latchkey") == before || v.Cookie("latchkey") == "" {
			t.Errorf("it leads to %q, with cookies %q", in.Header.Get("Location"), in.Header.Values("Set-Cookie"))
		}
		page := v.Get(wanted).Want(http.StatusOK)
		if page.Text(".me") != "JD Jane Doe Member" || !page.Has("#new-token") {
			t.Errorf("the menu shows %q", page.Text(".me"))
		}
		v.Get("/repositories/app-logs").Want(http.StatusNotFound)
		if logged := site.Log.String(); strings.Contains(logged, "code=") || strings.Contains(logged, "eyJ") || strings.Contains(logged, oidctest.ClientSecret) {
			t.Error("the log tells a secret")
		}
		if a := v.Get("/login/northwind?next=/tokens").Want(http.StatusSeeOther); a.Header.Get("Location") != "/tokens" {
			t.Errorf("who is in is sent to %s", a.Header.Get("Location"))
		}
		// The groups are asked at every sign-in.
		op.Change(jane.Subject, func(p *oidctest.Person) { p.Groups = nil })
		other := site.Visitor()
		out := other.Get(local(t, op.SignIn(t, other.Get("/login/northwind").Header.Get("Location"), jane.Subject))).Want(http.StatusUnprocessableEntity)
		if problem := out.Text("#login-problem"); !strings.Contains(problem, "None of your groups at Northwind SSO") || !out.Has("#login-form") || !out.Has(`a[href="/login/northwind"]`) {
			t.Errorf("they are told %q", problem)
		}
		v.Get(wanted).Want(http.StatusNotFound)
	})
}

// A visit is to a site with a provider that lies.
type visit struct {
	*webtest.Site
	liar *oidctest.Liar
	v    *webtest.Visitor
}

func newVisit(t *testing.T, st *store.Store, change ...func(*console.Provider)) visit {
	person := jane
	liar := oidctest.StartLiar(t, person, time.Now)
	settings := liar.Settings("northwind")
	for _, c := range change {
		c(&settings)
	}
	site := webtest.NewWithProviders(t, st, []service.Provider{oidc.New(settings, oidctest.ClientSecret, time.Now)})
	return visit{Site: site, liar: liar, v: site.Visitor()}
}

// come goes to the provider and back.
func (s visit) come(v *webtest.Visitor) *webtest.Answer {
	s.T.Helper()
	return v.Get(s.back(v))
}

// back is the address that the provider leads to.
func (s visit) back(v *webtest.Visitor) string {
	s.T.Helper()
	away := v.Get("/login/northwind?next=/repositories").Want(http.StatusSeeOther)
	u, err := url.Parse(s.liar.SignIn(s.T, away.Header.Get("Location")))
	if err != nil {
		s.T.Fatal(err)
	}
	return u.RequestURI()
}

// refused expects the sign-in page, with nobody signed in.
func (s visit) refused(what string, a *webtest.Answer) {
	s.T.Helper()
	if a.Status != http.StatusUnprocessableEntity || a.Text("#login-problem") == "" || !a.Has("#login-form") {
		s.T.Errorf("%s: %d, %q", what, a.Status, a.Text("main"))
	}
	if strings.Contains(a.Body, "eyJ") || strings.Contains(a.Body, "secret detail") {
		s.T.Errorf("%s: the page tells what came back", what)
	}
	if location := s.v.Get("/tokens").Header.Get("Location"); !strings.HasPrefix(location, "/login") {
		s.T.Errorf("%s: somebody is signed in", what)
	}
}

// TestEightWaysToBeFooled are those of requirement S10, at the real server: state,
// replay, nonce, audience, issuer, signature, expiry and PKCE.
func TestEightWaysToBeFooled(t *testing.T) {
	claim := func(name string, value any) func(*oidctest.Liar) {
		return func(l *oidctest.Liar) { l.Claims = func(claims map[string]any) { claims[name] = value } }
	}
	lies := map[string]func(*oidctest.Liar){
		"a wrong state":    func(l *oidctest.Liar) { l.Return = func(q url.Values) { q.Set("state", "another") } },
		"no state":         func(l *oidctest.Liar) { l.Return = func(q url.Values) { q.Del("state") } },
		"a wrong nonce":    claim("nonce", "another"),
		"a wrong audience": claim("aud", "another"),
		"a wrong issuer":   claim("iss", "https://sso.example"),
		"a bad signature": func(l *oidctest.Liar) {
			l.Sign = func(string) string { return base64.RawURLEncoding.EncodeToString(make([]byte, 256)) }
		},
		"no signature": func(l *oidctest.Liar) {
			l.Header = func(header map[string]any) { header["alg"] = "none" }
			l.Sign = func(string) string { return "" }
		},
		"an expired token":  claim("exp", time.Now().Add(-time.Minute).Unix()),
		"another's address": claim("email_verified", false),
		"another's answer":  func(l *oidctest.Liar) { l.Return = func(q url.Values) { q.Set("iss", "https://other.example") } },
	}
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newVisit(t, st)
		for what, lie := range lies {
			s.liar.Set(lie)
			s.refused(what, s.come(s.v))
			s.liar.Set(func(l *oidctest.Liar) { l.Return, l.Claims, l.Header, l.Sign = nil, nil, nil, nil })
		}
		// A code of another flow comes with another verifier: PKCE.
		mine, theirs := s.back(s.v), s.back(s.Visitor())
		code := func(address string) string {
			_, code, _ := strings.Cut(address, "code=")
			return strings.Split(code, "&")[0]
		}
		s.refused("another's code", s.v.Get(strings.Replace(mine, code(mine), code(theirs), 1)))
		s.refused("another's return", s.v.Get(theirs))
		for what, address := range map[string]string{
			"nothing": "/login/northwind/callback", "no code": "/login/northwind/callback?state=x", "rubbish": "/login/northwind/callback?state=%00&code=%ff&error=%3Cscript%3E",
		} {
			s.refused(what, s.v.Get(address))
		}
		// A good one, twice: with the same browser, which still has the cookie.
		back := s.back(s.v)
		flow := s.v.Cookie("latchkey-flow")
		s.v.Get(back).Want(http.StatusSeeOther)
		again := s.Visitor()
		again.SetCookie("latchkey-flow", flow)
		s.v = again
		s.refused("a replay", again.Get(back))
		if err := s.Service.RecordRepeats(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		log := s.SignedIn(s.User("Olga", console.RoleOwner)).Get("/audit?action=session.refused").Text("main")
		for _, reason := range []string{
			"did not begin in this browser", "belongs to another sign-in", "is for somebody else", "is from another issuer", "is not signed by the provider",
			"is expired", "their address is not verified", "the answer is from another issuer", "the provider refused the code",
		} {
			if !strings.Contains(log, reason) {
				t.Errorf("nothing is recorded of what %s: %s", reason, log)
			}
		}
		s.v.Get("/login/unheard-of").Want(http.StatusNotFound)
		s.v.Get("/login/unheard-of/callback?state=x&code=y").Want(http.StatusNotFound)
	})
}

func TestARefusalAtTheProvider(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newVisit(t, st)
		s.liar.Return = func(q url.Values) {
			q.Del("code")
			q.Set("error", "access_denied")
			q.Set("error_description", "call 555-0199")
		}
		a := s.come(s.v)
		s.refused("declined", a)
		if problem := a.Text("#login-problem"); !strings.Contains(problem, "you declined there") || strings.Contains(a.Body, "555") {
			t.Errorf("they are told %q", problem)
		}
		if next := a.Attr(`#login-form input[name="next"]`, "value"); next != "/repositories" || a.Attr(`a[href^="/login/northwind"]`, "href") != "/login/northwind?next=%2Frepositories" {
			t.Errorf("it goes on to %q", next)
		}
		v := s.SignedIn(s.User("Olga", console.RoleOwner))
		if log := v.Get("/audit"); !strings.Contains(log.Text("main"), "was refused at sign-in") || !strings.Contains(log.Text("main"), "the provider said access_denied") {
			t.Errorf("the log says %s", log.Text("main"))
		}
	})
}

// TestAProviderThatIsAway stands in nobody's way.
func TestAProviderThatIsAway(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	s := newVisit(t, st)
	s.liar.Set(func(l *oidctest.Liar) { l.Away = true })
	a := s.v.Get("/login/northwind?next=/repositories").Want(http.StatusServiceUnavailable)
	if !strings.Contains(a.Text("#login-problem"), "Northwind SSO doesn’t answer") || a.Header.Get("Retry-After") == "" {
		t.Errorf("they are told %q", a.Text("#login-problem"))
	}
	owner := s.User("Olga", console.RoleOwner)
	form := a.Form("#login-form")
	form.Values.Set("email", owner.Email)
	form.Values.Set("password", webtest.Password)
	if in := s.v.Submit(form).Want(http.StatusSeeOther); in.Header.Get("Location") != "/repositories" {
		t.Errorf("the password leads to %s", in.Header.Get("Location"))
	}
	page := s.v.Get("/people/single-sign-on").Want(http.StatusOK)
	if !strings.Contains(page.Text("#provider-northwind"), "Doesn’t answer") {
		t.Errorf("the page says %q", page.Text("#provider-northwind"))
	}
}

// TestFreshProofIsAskedFor where somebody is in already.
func TestFreshProofIsAskedFor(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	s := newVisit(t, st)
	s.come(s.v).Want(http.StatusSeeOther)
	before := s.v.Cookie("latchkey")
	risky := func() *webtest.Answer { return s.v.Post("/account/codes/offer", url.Values{"csrf": {s.v.CSRF()}}) }
	if a := risky(); !a.Has(`a[href^="/login/northwind?fresh=1"]`) {
		t.Errorf("who came from a session at the provider has proved nothing: %d %s", a.Status, a.Text("main"))
	}
	away := s.v.Get("/login/northwind?fresh=1&next=/tokens").Want(http.StatusSeeOther).Header.Get("Location")
	if !strings.Contains(away, "prompt=login") || !strings.Contains(away, "max_age=0") {
		t.Fatalf("it leads to %s", away)
	}
	// The site's clock and the provider's differ, by which no proof is fresh.
	s.liar.Set(func(l *oidctest.Liar) { l.Authenticated = s.Now().Add(-time.Hour) })
	s.v.Get(local(t, s.liar.SignIn(t, away))).Want(http.StatusUnprocessableEntity)
	if s.v.Cookie("latchkey") != before {
		t.Error("who did not prove anything lost their session")
	}
	s.v.Get("/tokens").Want(http.StatusOK)
	a := s.v.Get("/login/northwind?fresh=1", webtest.HTMX("/tokens")).Want(http.StatusOK)
	if a.Header.Get("HX-Redirect") != "/login/northwind?fresh=1" {
		t.Errorf("htmx is sent to %q", a.Header.Get("HX-Redirect"))
	}
	s.liar.Set(func(l *oidctest.Liar) { l.Authenticated = s.Now() })
	away = s.v.Get("/login/northwind?fresh=1&next=/tokens").Want(http.StatusSeeOther).Header.Get("Location")
	s.v.Get(local(t, s.liar.SignIn(t, away))).Want(http.StatusSeeOther)
	if a := risky(); a.Has(`a[href^="/login/northwind?fresh=1"]`) || a.Status != http.StatusOK && a.Status != http.StatusSeeOther {
		t.Errorf("who has just proved it is answered %d %s", a.Status, a.Text("main"))
	}
}

func TestTheFlowsCookieBelongsToTheHost(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	liar := oidctest.StartLiar(t, jane, time.Now)
	public := &url.URL{Scheme: "https", Host: "console.example"}
	site := webtest.NewWithProviders(t, st, []service.Provider{oidc.New(liar.Settings("northwind"), oidctest.ClientSecret, time.Now)},
		func(o *web.Options) { o.PublicURL = public })
	a := site.Visitor().Get("/login/northwind?next=//evil.example").Want(http.StatusSeeOther)
	if cookie := a.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-latchkey-flow=") || !strings.Contains(cookie, "Secure") || strings.Contains(cookie, "evil") {
		t.Errorf("the cookie is %s", cookie)
	}
	if away := a.Header.Get("Location"); !strings.Contains(away, url.QueryEscape("https://console.example/login/northwind/callback")) {
		t.Errorf("it leads to %s", away)
	}
}

// An absent provider does not answer until it is released.
type absent struct {
	service.Provider
	asked, released chan struct{}
}

func (a absent) Address(context.Context, console.SignInFlow) (string, error) {
	a.asked <- struct{}{}
	<-a.released
	return "", console.Unavailable(nil)
}

// TestAnAbsentProviderHoldsNoPageUp, however many people try to sign in there.
func TestAnAbsentProviderHoldsNoPageUp(t *testing.T) {
	const many = 64
	provider := absent{
		oidc.New(console.Provider{ID: "away", Label: "Away", Issuer: "https://away.example"}, "", time.Now),
		make(chan struct{}, many), make(chan struct{}),
	}
	site := webtest.NewWithProviders(t, storetest.Open(t, storetest.SQLite(t)), []service.Provider{provider})
	answers := make(chan *webtest.Answer, many)
	for range many {
		go func() { answers <- site.Visitor().Get("/login/away") }()
	}
	for range 3 * cores.Count() { // all turns are taken
		<-provider.asked
	}
	site.Visitor().Get("/login").Want(http.StatusOK)
	close(provider.released)
	for range many {
		(<-answers).Want(http.StatusServiceUnavailable)
	}
}
