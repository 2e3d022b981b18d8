package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// stored is the token as it is now.
func stored(t *testing.T, w world, guid console.GUID) console.Token {
	t.Helper()
	token, err := w.Service.GetToken(t.Context(), by(w.owner), "", guid)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// recorded are the actions that the log tells of the token, the newest first.
func recorded(t *testing.T, w world, guid console.GUID) []console.Action {
	t.Helper()
	events, err := w.Service.TokenHistory(t.Context(), by(w.owner), guid)
	if err != nil {
		t.Fatal(err)
	}
	var actions []console.Action
	for _, event := range events {
		actions = append(actions, event.Action)
	}
	return actions
}

func TestEditingAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		exact := w.Now().AddDate(0, 3, 0).Add(1234 * time.Millisecond)
		token, _ := w.Token(w.logs, w.owner, "worker", func(n *console.NewToken) {
			n.ValidFrom, n.ValidTo, n.Description = w.Now(), exact, "Old words"
		})
		w.Advance(48 * time.Hour)
		heir := w.User("Hana", console.RoleAdministrator)
		v := w.SignedIn(w.owner)
		path := list + "/" + string(token.GUID)
		page := v.Get(path + "/edit").Want(http.StatusOK)
		if page.Attr("#f-from", "min") != "2026-11-21T20:52" || page.Attr("#f-from", "value") != "2026-11-21T20:52" ||
			page.Attr("#f-guid", "value") != string(token.GUID) || page.Attr("#f-guid", "name") != "" || page.Has("#f-type") || page.Has("#guid-seal") {
			t.Errorf("the form is %s", page.Text("#token-form"))
		}
		if !page.Has(`input[value="ReadAccess"][checked][data-was]`) || !page.Has(`input[value="DeleteEvents"]:not([checked]):not([data-was])`) || !page.Has("[data-diff]") {
			t.Error("the scopes do not show what the token has")
		}
		form := page.Form("#token-form")
		form.Values.Set("name", " worker-2 ")
		form.Values.Set("description", "New words")
		form.Values["scopes"] = []string{"DeleteEvents"}
		form.Values.Set("owner", string(heir.GUID))
		for field, value := range map[string]string{"guid": string(w.token.GUID), "type": "system", "repository": "other"} {
			form.Values.Set(field, value) // what only the form of a new token has, has no effect
		}
		for _, field := range []string{"creator", "created_at", "revoked_at", "disabled_at", "status", "id"} {
			v.Submit(webtest.Form{Action: form.Action, Values: with(form.Values, field, "1")}).Want(http.StatusUnprocessableEntity)
		}
		a := v.Submit(form).Want(http.StatusSeeOther)
		if a.Header.Get("Location") != path {
			t.Errorf("saving leads to %s", a.Header.Get("Location"))
		}
		shown := v.Get(path).Want(http.StatusOK)
		if shown.Text("#toasts strong") != "worker-2 saved" || !strings.Contains(shown.Text("#panel"), "Scopes: +DeleteEvents, −ReadAccess") {
			t.Errorf("the page says %s", shown.Text("#panel"))
		}
		want := token
		want.Name, want.Description, want.Scopes, want.Owner = "worker-2", "New words", []string{"DeleteEvents"}, heir.Ref()
		got := stored(t, w, token.GUID)
		want.UpdatedAt, want.Version = w.Now(), 2
		if !sameToken(got, want) {
			t.Errorf("stored\n%+v, want\n%+v", got, want)
		}
		if got := recorded(t, w, token.GUID); !slices.Equal(got, []console.Action{console.TokenEdited, console.TokenCreated}) {
			t.Errorf("recorded %v", got)
		}
	})
}

func sameToken(a, b console.Token) bool {
	return a.GUID == b.GUID && a.Type == b.Type && a.Name == b.Name && a.Description == b.Description && slices.Equal(a.Scopes, b.Scopes) &&
		slices.Equal(a.Repositories, b.Repositories) && a.ValidFrom.Equal(b.ValidFrom) && a.ValidTo.Equal(b.ValidTo) && a.Owner == b.Owner &&
		a.Creator == b.Creator && a.CreatedAt.Equal(b.CreatedAt) && a.UpdatedAt.Equal(b.UpdatedAt) && a.Version == b.Version &&
		a.RevokedAt.Equal(b.RevokedAt) && a.DisabledAt.Equal(b.DisabledAt)
}

func TestEditingRefusesWhatIsUnsound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Token(w.logs, w.owner, "taken")
		v := w.SignedIn(w.owner)
		form := v.Get(tokenPath(w) + "/edit").Form("#token-form")
		for _, test := range []struct {
			field, value, problem string
			status                int
		}{
			{"name", "", "Give the token a name.", http.StatusUnprocessableEntity},
			{"name", "TAKEN", "This repository already has a token with that name.", http.StatusConflict},
			{"scopes", "NoSuchScope", "There is no scope “NoSuchScope”.", http.StatusUnprocessableEntity},
			{"valid_from", "2020-01-01T00:00", "Valid from can’t be in the past.", http.StatusUnprocessableEntity},
			{"valid_to", "2020-01-01T00:00", "Valid to must be in the future.", http.StatusUnprocessableEntity},
			{"valid_to", "soon", "Enter the whole date and time.", http.StatusUnprocessableEntity},
			{"owner", "me", "There is no such person.", http.StatusUnprocessableEntity},
			{"owner", string(console.NewGUID()), "There is no such person.", http.StatusUnprocessableEntity},
		} {
			changed := webtest.Form{Action: form.Action, Values: with(form.Values, test.field, test.value)}
			a := v.Submit(changed).Want(test.status)
			if !strings.Contains(a.Text("main .page-form"), test.problem) || a.Attr("#f-guid", "value") != string(w.token.GUID) {
				t.Errorf("%s %q: %s", test.field, test.value, a.Text("main .page-form"))
			}
			region := v.Submit(changed, webtest.HTMX(list)).Want(test.status)
			if !region.Has("#token-form [aria-invalid]") || region.Has("dialog") {
				t.Errorf("%s %q with htmx: %.300s", test.field, test.value, region.Body)
			}
		}
		if got := stored(t, w, w.token.GUID); got.Version != 1 {
			t.Errorf("something was written: %+v", got)
		}
	})
}

func TestEditingWithHTMX(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		here := webtest.HTMX(list + "?q=graf")
		dialog := v.Get(tokenPath(w)+"/edit", here).Want(http.StatusOK)
		if !dialog.Has("dialog[data-modal] #token-form[hx-post]") || dialog.Has("main") || dialog.Text(".modal-foot .note") != "Created by Olga, 21 Nov 2026" {
			t.Errorf("the dialog is %.300s", dialog.Body)
		}
		form := dialog.Form("#token-form")
		form.Values.Set("name", "grafana-2")
		a := v.Submit(form, here).Want(http.StatusOK)
		if got := a.Texts(`hx-partial[hx-target="#token-list"] .nm`); !slices.Equal(got, []string{"grafana-2"}) || !a.Has(`hx-partial[hx-target="#modal-root"]`) ||
			a.Text(`hx-partial[hx-target="#toasts"] strong`) != "grafana-2 saved" {
			t.Errorf("the answer is %.600s", a.Body)
		}
		own := tokenPath(w) + "?q=graf"
		form = v.Get(tokenPath(w)+"/edit", webtest.HTMX(own)).Form("#token-form")
		if a := v.Submit(form, webtest.HTMX(own)); a.Header.Get("HX-Location") != own {
			t.Errorf("from its own page it leads to %q", a.Header.Get("HX-Location"))
		}
	})
}

// TestAStaleFormIsAConflict shows both values, writes nothing, and carries the
// new version, so that saving again is on purpose.
func TestAStaleFormIsAConflict(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		jonas := w.User("Jonas Wirth", console.RoleAdministrator)
		mine, his := w.SignedIn(w.owner), w.SignedIn(jonas)
		form := mine.Get(tokenPath(w) + "/edit").Form("#token-form")
		theirs := his.Get(tokenPath(w) + "/edit").Form("#token-form")
		theirs.Values.Set("name", "of-jonas")
		theirs.Values.Set("description", "Words of Jonas")
		theirs.Values["scopes"] = []string{"ReadAccess", "QueryDashboard"}
		theirs.Values.Set("valid_to", "2027-03-01T00:00")
		theirs.Values.Set("owner", string(jonas.GUID))
		his.Submit(theirs).Want(http.StatusSeeOther)
		w.Advance(2 * time.Minute)
		form.Values.Set("description", "My words")
		form.Values["scopes"] = []string{"DeleteEvents"}
		for _, options := range [][]webtest.Option{nil, {webtest.HTMX(list)}} {
			a := mine.Submit(form, options...).Want(http.StatusConflict)
			for selector, want := range map[string]string{
				".callout-warn": "Jonas Wirth changed this token 2 minutes ago. Review the new values and try again. Discard what I typed",
				"#f-name-now":   "Stored now: of-jonas",
				"#f-desc-now":   "Stored now: Words of Jonas",
				"#f-scopes-now": "Stored now: QueryDashboard, ReadAccess",
				"#f-to-now":     "Stored now: 1 Mar 2027, 00:00 UTC",
				"#f-from-now":   "",
				"#f-owner-now":  "Stored now: Jonas Wirth",
				"#f-desc":       "My words",
				"[data-diff]":   "+1, −2",
			} {
				if got := a.Text(selector); got != want {
					t.Errorf("%s is %q, want %q", selector, got, want)
				}
			}
			if a.Attr("#f-name", "value") != "grafana-readonly" || a.Attr(`input[name="version"]`, "value") != "2" ||
				!strings.Contains(a.Attr("#f-name", "aria-describedby"), "f-name-now") || !a.Has("p[autofocus]") {
				t.Errorf("the form is %.500s", a.Text("#token-form"))
			}
			if got := stored(t, w, w.token.GUID); got.Name != "of-jonas" || got.Version != 2 {
				t.Fatalf("something was written: %+v", got)
			}
		}
		again := mine.Submit(form).Want(http.StatusConflict).Form("#token-form")
		mine.Submit(again).Want(http.StatusSeeOther)
		if got := stored(t, w, w.token.GUID); got.Description != "My words" || got.Name != "grafana-readonly" || got.Version != 3 {
			t.Errorf("saved on purpose: %+v", got)
		}
		// Revoked meanwhile: no form can bring it back.
		if _, err := w.Service.RevokeToken(t.Context(), by(jonas), "", w.token.GUID, ""); err != nil {
			t.Fatal(err)
		}
		if a := mine.Submit(again).Want(http.StatusConflict); a.Has("#token-form") || !strings.Contains(a.Text("main"), "was revoked on 21 Nov 2026") {
			t.Errorf("a revoked token: %s", a.Text("main"))
		}
		if a := mine.Submit(again, webtest.HTMX(list)).Want(http.StatusConflict); !a.Has(`hx-partial[hx-target="#modal-root"] dialog`) {
			t.Errorf("a revoked token with htmx: %.300s", a.Body)
		}
	})
}

func TestDuplicating(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		start := w.Now()
		w.Token(w.logs, w.owner, "worker", func(n *console.NewToken) {
			n.ValidFrom, n.ValidTo = start.AddDate(0, 0, 1), start.AddDate(0, 0, 31)
			n.Scopes, n.Description = []string{"DeleteEvents", "ReadAccess"}, "What it does"
		})
		if _, err := w.Service.RetireScope(t.Context(), by(w.owner), "DeleteEvents", true); err != nil {
			t.Fatal(err)
		}
		w.Advance(10 * 24 * time.Hour)
		v := w.SignedIn(w.owner)
		link := v.Get(list+"?q=worker").Attr(`#token-rows template a:contains("Duplicate")`, "href")
		for n, want := range []string{"worker copy", "worker copy 2", "worker copy 3"} {
			page := v.Get(link).Want(http.StatusOK)
			form := page.Form("#token-form")
			if form.Values.Get("name") != want || form.Values.Get("description") != "What it does" || form.Values.Get("valid_from") != "" ||
				form.Values.Get("valid_to") != "2026-12-31T20:52" || !slices.Equal(form.Values["scopes"], []string{"ReadAccess"}) {
				t.Errorf("copy %d is %v", n, form.Values)
			}
			if !strings.Contains(page.Text("#token-form .callout"), "Left out, because you can’t give it any more: DeleteEvents.") {
				t.Errorf("what was left out is not said: %s", page.Text("#token-form .callout"))
			}
			v.Submit(form).Want(http.StatusCreated)
		}
		page := v.Get("/tokens/new?copy=" + string(w.token.GUID)).Form("#token-form")
		if page.Values.Get("repository") != "web-logs" || page.Values.Get("type") != "repository" || page.Values.Get("guid") == string(w.token.GUID) {
			t.Errorf("on the page of all tokens the form is %v", page.Values)
		}
		// A revoked token ended early; a copy lasts as long as it was to last.
		if _, err := w.Service.RevokeToken(t.Context(), by(w.owner), "", w.token.GUID, ""); err != nil {
			t.Fatal(err)
		}
		if form := v.Get("/tokens/new?copy=" + string(w.token.GUID)).Form("#token-form"); form.Values.Get("valid_to") != "" {
			t.Errorf("a token without an end gives one: %s", form.Values.Get("valid_to"))
		}
		for _, wrong := range []string{"junk", string(console.NewGUID()), "%00"} {
			v.Get(list + "/new?copy=" + wrong).Want(http.StatusNotFound)
		}
		other := w.Repository("other-logs")
		v.Get("/repositories/" + other.Name + "/settings/tokens/new?copy=" + string(w.token.GUID)).Want(http.StatusNotFound)
	})
}

func TestDisablingAndEnabling(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		v.SetCookie("zone", "Europe/Berlin")
		form := v.Get(tokenPath(w) + "/pause").Want(http.StatusOK).Form("#pause-form")
		for until, problem := range map[string]string{
			"2020-01-01T00:00": "Choose a time in the future.", "tomorrow": "Enter the whole date and time.", "2027-03-28T02:30": "The clocks skip that time on that day. Choose another.",
		} {
			form.Values.Set("until", until)
			for _, options := range [][]webtest.Option{nil, {webtest.HTMX(list)}} {
				if a := v.Submit(form, options...).Want(http.StatusUnprocessableEntity); a.Text("#f-until-err") != problem || a.Attr("#f-until", "value") != until {
					t.Errorf("%s: %s", until, a.Text("#pause-form"))
				}
			}
		}
		form.Values.Set("until", "2026-11-25T12:00")
		a := v.Submit(form).Want(http.StatusSeeOther)
		shown := v.Get(a.Header.Get("Location"))
		if got := shown.Text("#toasts .toast"); !strings.Contains(got, "grafana-readonly disabled") || !strings.Contains(got, "It works again on 25 Nov 2026, 12:00 CET.") || shown.Text("#panel .st") != "Disabled" {
			t.Errorf("disabled: %s, %s", got, shown.Text("#panel .st"))
		}
		if got := stored(t, w, w.token.GUID).DisabledUntil; !got.Equal(time.Date(2026, 11, 25, 11, 0, 0, 0, time.UTC)) {
			t.Errorf("until %v", got)
		}
		if v.Get(tokenPath(w)+"/pause").Attr("#f-until", "value") != "2026-11-25T12:00" {
			t.Error("the end of the pause can't be changed")
		}
		enable := shown.Form("#panel-enable-form")
		if len(enable.Values) != 1 {
			t.Errorf("enabling takes more than a click: %v", enable.Values)
		}
		v.Submit(enable).Want(http.StatusSeeOther)
		v.Submit(enable).Want(http.StatusSeeOther)
		form.Values.Set("until", "")
		if a := v.Submit(form, webtest.HTMX(list+"?status=all")).Want(http.StatusOK); a.Text(`hx-partial[hx-target="#token-list"] td.c-stat`) != "Disabled" {
			t.Errorf("with htmx: %.300s", a.Body)
		}
		row := v.Get(list + "?status=all").Form(`form[id^="menu-enable"]`)
		if a := v.Submit(row, webtest.HTMX(list+"?status=all")).Want(http.StatusOK); a.Text(`hx-partial[hx-target="#token-list"] td.c-stat`) != "Active" {
			t.Errorf("enabled with htmx: %.300s", a.Body)
		}
		want := []console.Action{console.TokenEnabled, console.TokenDisabled, console.TokenEnabled, console.TokenDisabled, console.TokenCreated}
		if got := recorded(t, w, w.token.GUID); !slices.Equal(got, want) {
			t.Errorf("recorded %v, want %v", got, want)
		}
		if _, err := w.Service.RevokeToken(t.Context(), by(w.owner), "", w.token.GUID, ""); err != nil {
			t.Fatal(err)
		}
		v.Submit(form).Want(http.StatusConflict)
		v.Submit(enable).Want(http.StatusConflict)
	})
}

func TestDeletingAToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := v.Get(tokenPath(w) + "/deletion").Want(http.StatusOK)
		if page.Attr("#f-confirm", "data-match") != "grafana-readonly" || !strings.Contains(page.Text("main"), "Its audit entries stay. You can’t undo this.") {
			t.Errorf("the question is %s", page.Text("main"))
		}
		form := page.Form("#token-deletion-form")
		for _, wrong := range []string{"", "GRAFANA-READONLY", "grafana"} {
			form.Values.Set("confirm", wrong)
			if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-confirm-err") != "Type the token’s name to confirm." {
				t.Errorf("%q: %s", wrong, a.Text("main"))
			}
		}
		form.Values.Set("confirm", " grafana-readonly ")
		if a := v.Submit(form).Want(http.StatusSeeOther); a.Header.Get("Location") != list {
			t.Errorf("deleting leads to %s", a.Header.Get("Location"))
		}
		if got := v.Get(list).Text("#toasts strong"); got != "grafana-readonly deleted" {
			t.Errorf("the list says %q", got)
		}
		v.Get(tokenPath(w)).Want(http.StatusNotFound)
		v.Submit(form).Want(http.StatusNotFound)
		if got := v.Get("/audit?target=" + string(w.token.GUID)).Texts(".ev-t"); len(got) != 2 || !strings.Contains(got[0], "Olga deleted token grafana-readonly") {
			t.Errorf("the log tells %q", got)
		}
		w.Token(w.logs, w.owner, "grafana-readonly") // the name is free
		ended, _ := w.Token(w.logs, w.owner, "short", func(n *console.NewToken) { n.ValidTo = w.Now().Add(time.Hour) })
		w.Advance(2 * time.Hour)
		v = w.SignedIn(w.owner)
		own := list + "/" + string(ended.GUID)
		dialog := v.Get(own+"/deletion", webtest.HTMX(own+"?status=all")).Want(http.StatusOK)
		if dialog.Has("#f-confirm") || !strings.Contains(dialog.Text("dialog"), "It expired on 21 Nov 2026.") {
			t.Errorf("an inactive token asks for more than a click: %s", dialog.Text("dialog"))
		}
		a := v.Submit(dialog.Form("#token-deletion-form"), webtest.HTMX(own+"?status=all")).Want(http.StatusOK)
		if a.Header.Get("HX-Replace-Url") != list+"?status=all" || !strings.Contains(a.Body, `<hx-partial hx-target="#panel-slot" hx-swap="innerHTML"></hx-partial>`) ||
			slices.Contains(a.Texts(`hx-partial[hx-target="#token-list"] .nm`), "short") {
			t.Errorf("the details of what is gone stay: %q, %.300s", a.Header.Get("HX-Replace-Url"), a.Body)
		}
	})
}

// TestChangesNeedTheRight: an auditor may look and is told so; what a form
// sends changes nothing.
func TestChangesNeedTheRight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.User("Aude", console.RoleAuditor))
		fields := url.Values{"csrf": {v.CSRF()}}
		for _, path := range []string{
			tokenPath(w), tokenPath(w) + "/pause", tokenPath(w) + "/resumption", tokenPath(w) + "/deletion", list + "/bulk", list + "/bulk/execution",
			"/scopes", "/scopes/billing:read", "/scopes/ReadAccess/retirement", "/scopes/ReadAccess/reinstatement",
		} {
			v.Post(path, fields).Want(http.StatusForbidden)
		}
		for _, path := range []string{
			tokenPath(w) + "/edit", tokenPath(w) + "/pause", tokenPath(w) + "/deletion", list + "/new?copy=" + string(w.token.GUID),
			"/scopes/new", "/scopes/ReadAccess/edit", "/scopes/ReadAccess/retirement", "/scopes/ReadAccess/reinstatement",
		} {
			v.Get(path).Want(http.StatusForbidden)
		}
		got := recorded(t, w, w.token.GUID)
		if denied := slices.DeleteFunc(slices.Clone(got), func(a console.Action) bool { return a != console.AccessDenied }); len(denied) != 4 || len(got) != 5 {
			t.Errorf("recorded %v", got)
		}
	})
}
