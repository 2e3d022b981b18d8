package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/internal/cli"
	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/internal/store/storetest"
	"latchkey/views"
	"latchkey/web"
	"latchkey/web/graph"
	"latchkey/web/webtest"
)

// TestSurfacesAgree does every act to a token of every status through the
// service, the command line and the pages, with and without htmx. Each answers
// the same, leaves the token the same and records the same.
func TestSurfacesAgree(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		a := newAgreement(t, databaseURL)
		cases := a.furnish()
		surfaces := a.surfaces()
		codes := map[console.Code]int{}
		for _, c := range cases {
			var want result
			for i, s := range surfaces {
				if s.name == apiSurface && c.act.operation == nil {
					continue // it has no such act
				}
				got := result{Code: s.do(c.act, c.tokens[i])}
				a.look(&got, c.tokens[i])
				if i == 0 {
					want = got
					codes[got.Code]++
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s of a token that is %s: %s and %s differ (-%[3]s +%[4]s):\n%[5]s", c.act.name, c.status, surfaces[0].name, s.name, diff)
				}
			}
		}
		for _, code := range []console.Code{"", console.CodeInvalid, console.CodeConflict, console.CodeNotFound} {
			if codes[code] < len(statuses) {
				t.Errorf("only %d of %d cases end in %q", codes[code], len(cases), code)
			}
		}
	})
}

// statuses are what a token can be before something is done to it, made ten
// days before that. Active is also what is about to expire.
var statuses = []struct {
	name string
	make func(*agreement, *console.NewToken) (after func(console.GUID) error)
}{
	{"active", func(*agreement, *console.NewToken) func(console.GUID) error { return nil }},
	{"expiring", func(a *agreement, n *console.NewToken) func(console.GUID) error {
		n.ValidTo = a.day(7)
		return nil
	}},
	{"scheduled", func(a *agreement, n *console.NewToken) func(console.GUID) error {
		n.ValidFrom, n.ValidTo = a.day(5), a.day(90)
		return nil
	}},
	{"disabled", func(a *agreement, _ *console.NewToken) func(console.GUID) error {
		return func(guid console.GUID) error {
			_, err := a.Service.DisableToken(a.T.Context(), a.by, "", guid, a.day(3))
			return err
		}
	}},
	{"expired", func(a *agreement, n *console.NewToken) func(console.GUID) error {
		n.ValidTo = a.day(-5)
		return nil
	}},
	{"revoked", func(a *agreement, _ *console.NewToken) func(console.GUID) error {
		return func(guid console.GUID) error {
			_, err := a.Service.RevokeToken(a.T.Context(), a.by, "", guid, "")
			return err
		}
	}},
}

// agreement is a site that goes by the real time, as the command line does.
type agreement struct {
	*webtest.Site
	databaseURL string
	now         time.Time
	owner       console.User
	by          console.Principal
	browser     *webtest.Visitor
	bearer      string
	logs        console.Repository
}

func newAgreement(t *testing.T, databaseURL string) *agreement {
	a := &agreement{Site: webtest.New(t, storetest.Open(t, databaseURL)), databaseURL: databaseURL}
	a.now = time.Now().UTC().Truncate(time.Minute)
	a.Advance(a.day(-10).Sub(a.Now()))
	a.owner = a.User("Olga", console.RoleOwner)
	a.by = console.Principal{}.As(a.owner)
	a.logs = a.Repository("web-logs")
	a.Token(a.logs, a.owner, takenName)
	return a
}

// day is so many days after now.
func (a *agreement) day(n int) time.Time { return a.now.AddDate(0, 0, n) }

// A trial is one act, with a token of the same status for every surface.
type trial struct {
	act    act
	status string
	tokens []console.Token
}

// furnish makes the tokens, then lets the time pass until now and signs in.
func (a *agreement) furnish() []trial {
	a.T.Helper()
	var trials []trial
	for _, act := range acts(a.now) {
		for _, status := range statuses {
			c := trial{act: act, status: status.name}
			for i := range a.surfaces() {
				var after func(console.GUID) error
				token, _ := a.Token(a.logs, a.owner, fmt.Sprintf("%s %s %d", act.name, status.name, i), func(n *console.NewToken) {
					after = status.make(a, n)
				})
				if after != nil {
					if err := after(token.GUID); err != nil {
						a.T.Fatal(err)
					}
				}
				c.tokens = append(c.tokens, token)
			}
			trials = append(trials, c)
		}
		absent := trial{act: act, status: "absent"}
		for range a.surfaces() {
			absent.tokens = append(absent.tokens, console.Token{GUID: console.NewGUID(), Name: "absent", Scopes: []string{"ReadAccess"}})
		}
		if act.name != "revoke for too many reasons" { // a question of which is asked first
			trials = append(trials, absent)
		}
	}
	a.Advance(a.now.Sub(a.Now()))
	a.browser = a.SignedIn(a.owner)
	a.Serve(web.New(a.Service, web.Options{Graph: graph.Mount(a.Service, graph.Options{})}))
	_, secret, err := a.Service.CreatePersonalToken(a.T.Context(), console.Principal{ProvedAt: a.now}.As(a.owner), console.NewPersonalToken{GUID: console.NewGUID()})
	if err != nil {
		a.T.Fatal(err)
	}
	a.bearer = secret.Reveal()
	for i, c := range trials {
		for j, token := range c.tokens {
			if c.status == "absent" {
				continue
			}
			kept, err := a.Service.GetToken(a.T.Context(), a.by, "", token.GUID)
			want := strings.Replace(c.status, "expiring", "active", 1)
			if err != nil || string(kept.Status(a.now)) != want || kept.Expiring(a.now, console.NoticeWindow) != (c.status == "expiring") {
				a.T.Fatalf("a token that should be %s is %s: %v", c.status, kept.Status(a.now), err)
			}
			trials[i].tokens[j] = kept
		}
	}
	return trials
}

// result is what came of an act. Times at which it was done differ.
type result struct {
	Code    console.Code
	Exists  bool
	Status  console.Status
	Version int
	Until   time.Time
	ValidTo time.Time
	Token   string
	Reason  string
	Actions []console.Action
}

// look sees what became of a token.
func (a *agreement) look(r *result, before console.Token) {
	a.T.Helper()
	t, err := a.Service.GetToken(a.T.Context(), a.by, "", before.GUID)
	if r.Exists = err == nil; r.Exists {
		r.Status, r.Version, r.Until, r.ValidTo, r.Reason = t.Status(a.now.Add(time.Hour)), t.Version, t.DisabledUntil, t.ValidTo, t.RevokeReason
		if t.RevokedAt.After(before.RevokedAt) {
			r.ValidTo = time.Time{} // the instant of the revocation
		}
		r.Token = strings.TrimPrefix(t.Name, before.Name) + t.Description + strings.Join(t.Scopes, " ") + t.Owner.Name
	}
	history, err := a.Service.TokenHistory(a.T.Context(), a.by, before.GUID)
	if err != nil {
		a.T.Fatal(err)
	}
	for _, event := range history {
		r.Actions = append(r.Actions, event.Action)
	}
}

// A surface does an act to a token and answers in the console's words.
type surface struct {
	name string
	do   func(act, console.Token) console.Code
}

func (a *agreement) surfaces() []surface {
	return []surface{
		{"the service", func(act act, token console.Token) console.Code {
			return console.CodeOf(act.verb(a.T.Context(), a.Service, a.by, token))
		}},
		{"the command line", func(act act, token console.Token) console.Code { return a.run(act.command(token)) }},
		{"the pages", func(act act, token console.Token) console.Code { return a.submit(act, token) }},
		{"the pages with htmx", func(act act, token console.Token) console.Code {
			return a.submit(act, token, webtest.HTMX(views.TokensPath("")))
		}},
		{apiSurface, func(act act, token console.Token) console.Code { return a.request(act.operation(token)) }},
	}
}

// apiSurface is the one that has only some of the acts.
const apiSurface = "the API"

// coded are the codes by their names in the API.
var coded = map[string]console.Code{
	"": "", "INVALID": console.CodeInvalid, "FORBIDDEN": console.CodeForbidden, "NOT_FOUND": console.CodeNotFound, "CONFLICT": console.CodeConflict,
}

// request sends an operation as the owner's personal token.
func (a *agreement) request(query string) console.Code {
	a.T.Helper()
	code, answer := askGraph(a.Site, a.bearer, query)
	known, ok := coded[code]
	if !ok {
		a.T.Errorf("%s is answered %s", query, answer)
	}
	return known
}

// exits are the codes by exit code, where one exit code stands for one code.
var exits = map[int]console.Code{
	0: "", 1: console.CodeInternal, 2: console.CodeInvalid, 3: console.CodeNotFound, 6: console.CodeConflict,
}

// run runs the program on the site's database, with the site's key.
func (a *agreement) run(args []string) console.Code {
	a.T.Helper()
	env := map[string]string{"LATCHKEY_DATABASE_URL": a.databaseURL, "LATCHKEY_KEY": strings.Repeat("07", 32)}
	var stdout, stderr bytes.Buffer
	exit := cli.Run(a.T.Context(), args, strings.NewReader(""), &stdout, &stderr, func(name string) string { return env[name] })
	code, ok := exits[exit]
	if !ok || code == console.CodeInternal {
		a.T.Errorf("%q: exit code %d, %s", args, exit, &stderr)
	}
	return code
}

// answered are the codes by HTTP status.
var answered = map[int]console.Code{
	http.StatusOK: "", http.StatusCreated: "", http.StatusNoContent: "", http.StatusSeeOther: "",
	http.StatusUnprocessableEntity: console.CodeInvalid, http.StatusUnauthorized: console.CodeUnauthenticated,
	http.StatusForbidden: console.CodeForbidden, http.StatusNotFound: console.CodeNotFound, http.StatusConflict: console.CodeConflict,
	http.StatusTooManyRequests: console.CodeLimited, http.StatusServiceUnavailable: console.CodeUnavailable,
	http.StatusInternalServerError: console.CodeInternal,
}

// submit sends an act's form as the owner.
func (a *agreement) submit(act act, token console.Token, options ...webtest.Option) console.Code {
	a.T.Helper()
	answer := a.browser.Submit(act.form(a.browser, token), options...)
	code, ok := answered[answer.Status]
	if !ok || strings.HasPrefix(answer.Header.Get("Location"), "/login") {
		a.T.Errorf("%s: status %d to %q", act.name, answer.Status, answer.Header.Get("Location"))
	}
	return code
}

// An act is one thing to do to a token, as each surface asks for it.
type act struct {
	name    string
	verb    func(context.Context, *service.Service, console.Principal, console.Token) error
	command func(console.Token) []string
	form    func(*webtest.Visitor, console.Token) webtest.Form
	// operation is nil for what the API does not offer.
	operation func(console.Token) string
}

const (
	newDescription = "What it became"
	takenName      = "taken"
)

// acts are the verbs that change a token, sound and unsound.
func acts(now time.Time) []act {
	described := console.TokenPatch{Description: new(newDescription)}
	return []act{
		editing("edit", described, 0, "--description", newDescription, "description"),
		editing("edit without a name", console.TokenPatch{Name: new("")}, 0, "--name", "", "name"),
		editing("edit to a taken name", console.TokenPatch{Name: new(takenName)}, 0, "--name", takenName, "name"),
		byAPI(editing("edit to another scope", console.TokenPatch{Scopes: &[]string{"ChangeFiles"}}, 0, "--scope", "ChangeFiles", "scopes"),
			`updateViewPermissionsTokenPermissions(input:{id:"GUID",permissions:[ChangeFiles]})`),
		editing("edit with an unknown scope", console.TokenPatch{Scopes: &[]string{"Fly"}}, 0, "--scope", "Fly", "scopes"),
		editing("edit of another version", described, 7, "--description", newDescription, "description"),
		revoking("revoke", "leaked"),
		revoking("revoke for too many reasons", strings.Repeat("x", console.ReasonLimit+1)),
		disabling("disable", time.Time{}),
		disabling("disable for a week", now.AddDate(0, 0, 7)),
		disabling("disable until a time that has passed", now.AddDate(0, 0, -1)),
		{
			name: "enable",
			verb: func(ctx context.Context, svc *service.Service, by console.Principal, t console.Token) error {
				_, err := svc.EnableToken(ctx, by, "", t.GUID)
				return err
			},
			command: func(t console.Token) []string { return []string{"token", "enable", string(t.GUID)} },
			form: func(v *webtest.Visitor, t console.Token) webtest.Form {
				return plain(v, views.ResumptionPath("", t.GUID), "", "")
			},
		},
		byAPI(rotating("rotate at once", time.Time{}), `rotateToken(input:{id:"GUID"})`), rotating("rotate with an overlap", now.AddDate(0, 0, 1)),
		rotating("rotate until a time that has passed", now.AddDate(0, 0, -1)),
		byAPI(deleting("delete with its name", func(t console.Token) string { return t.Name }), `deleteToken(input:{id:"GUID"})`),
		deleting("delete without its name", func(console.Token) string { return "" }),
	}
}

// byAPI is an act that the API offers, too, by this mutation.
func byAPI(a act, mutation string) act {
	a.operation = func(t console.Token) string {
		return "mutation{" + strings.ReplaceAll(mutation, "GUID", string(t.GUID)) + "}"
	}
	return a
}

// editing changes one field, of a token at its version or at the one given.
func editing(name string, patch console.TokenPatch, version int, flag, value, field string) act {
	at := func(t console.Token) int {
		if version != 0 {
			return version
		}
		return t.Version
	}
	return act{
		name: name,
		verb: func(ctx context.Context, svc *service.Service, by console.Principal, t console.Token) error {
			_, err := svc.UpdateToken(ctx, by, "", t.GUID, at(t), patch)
			return err
		},
		command: func(t console.Token) []string {
			return []string{"token", "edit", string(t.GUID), flag, value, "--version", strconv.Itoa(at(t))}
		},
		form: func(v *webtest.Visitor, t console.Token) webtest.Form {
			form := webtest.Form{Action: views.TokenPath("", t.GUID), Values: url.Values{
				"csrf": {v.CSRF()}, "name": {t.Name}, "description": {t.Description}, "scopes": t.Scopes,
			}}
			if page := v.Get(views.TokenEditPath("", t.GUID)); page.Has("#token-form") {
				form = page.Form("#token-form")
			}
			form.Values.Set("version", strconv.Itoa(at(t)))
			form.Values.Set(field, value)
			return form
		},
	}
}

func revoking(name, reason string) act {
	return act{
		name: name,
		verb: func(ctx context.Context, svc *service.Service, by console.Principal, t console.Token) error {
			_, err := svc.RevokeToken(ctx, by, "", t.GUID, reason)
			return err
		},
		command: func(t console.Token) []string { return []string{"token", "revoke", string(t.GUID), "--reason", reason} },
		form: func(v *webtest.Visitor, t console.Token) webtest.Form {
			return plain(v, views.RevocationPath("", t.GUID), "reason", reason)
		},
	}
}

func disabling(name string, until time.Time) act {
	return act{
		name: name,
		verb: func(ctx context.Context, svc *service.Service, by console.Principal, t console.Token) error {
			_, err := svc.DisableToken(ctx, by, "", t.GUID, until)
			return err
		},
		command: func(t console.Token) []string {
			args := []string{"token", "disable", string(t.GUID)}
			if !until.IsZero() {
				args = append(args, "--until", until.Format(time.RFC3339))
			}
			return args
		},
		form: func(v *webtest.Visitor, t console.Token) webtest.Form {
			text := ""
			if !until.IsZero() {
				text = until.Format("2006-01-02T15:04")
			}
			return plain(v, views.PausePath("", t.GUID), "until", text)
		},
	}
}

func deleting(name string, confirm func(console.Token) string) act {
	return act{
		name: name,
		verb: func(ctx context.Context, svc *service.Service, by console.Principal, t console.Token) error {
			_, err := svc.DeleteToken(ctx, by, "", t.GUID, confirm(t))
			return err
		},
		command: func(t console.Token) []string {
			return []string{"token", "delete", string(t.GUID), "--confirm", confirm(t)}
		},
		form: func(v *webtest.Visitor, t console.Token) webtest.Form {
			return plain(v, views.TokenDeletionPath("", t.GUID), "confirm", confirm(t))
		},
	}
}

// plain is a form with at most one field.
func plain(v *webtest.Visitor, action, field, value string) webtest.Form {
	values := url.Values{"csrf": {v.CSRF()}}
	if field != "" {
		values.Set(field, value)
	}
	return webtest.Form{Action: action, Values: values}
}
