package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// ticked is the form below the list, with all rows ticked.
func ticked(t *testing.T, v *webtest.Visitor, path, verb string) webtest.Form {
	t.Helper()
	page := v.Get(path).Want(http.StatusOK)
	form := page.Form("#bulk-form")
	for _, box := range page.All(`input[data-row][form="bulk-form"]`) {
		form.Values.Add(webtest.Attr(box, "name"), webtest.Attr(box, "value"))
	}
	form.Values.Set("verb", verb)
	return form
}

func TestBulkRevoke(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		all := list + "?status=all"
		asked := v.Submit(ticked(t, v, all, "revoke")).Want(http.StatusOK)
		if asked.Text("#dlg-t") != "Revoke 3 tokens?" || !strings.Contains(asked.Text("main"), "They stop working at once. You can’t undo this. 3 more selected tokens are already inactive and stay as they are.") {
			t.Errorf("the question is %s", asked.Text("main"))
		}
		if got := asked.Texts("#bulk-foreseen > ul .truncate > span"); !slices.Equal(got, []string{"ending", "grafana-readonly", "soon"}) || asked.Has("#f-confirm") {
			t.Errorf("it names %q", got)
		}
		if got := asked.Text("#bulk-foreseen details li"); !strings.HasPrefix(got, "ended web-logs · ") || !strings.HasSuffix(got, " Already expired.") {
			t.Errorf("of the others it says %q", got)
		}
		if got := asked.Texts("#bulk-foreseen > ul .truncate > small"); !slices.Contains(got, "web-logs · "+string(w.token.GUID[:8])) {
			t.Errorf("it does not tell tokens of one name apart: %q", got)
		}
		form := asked.Form("#bulk-confirm")
		form.Values.Set("reason", strings.Repeat("x", 501))
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-reason-err") != "The reason is longer than 500 characters." {
			t.Errorf("a long reason: %s", a.Text("main"))
		}
		form.Values.Set("reason", "leaked")
		done := v.Submit(form).Want(http.StatusOK)
		if done.Text("#dlg-t") != "3 tokens revoked" || !strings.Contains(done.Text("main"), "3 stayed as they were.") {
			t.Errorf("the outcome is %s", done.Text("main"))
		}
		got := done.Texts(".perm li")
		for i, text := range got {
			got[i] = regexp.MustCompile(` web-logs · [0-9a-f]{8} `).ReplaceAllString(text, " ")
		}
		if !slices.Contains(got, "soon Revoked") || !slices.Contains(got, "old Already expired.") || len(got) != 6 {
			t.Errorf("the outcomes are %q", got)
		}
		token := stored(t, w, w.token.GUID)
		if token.Status(w.Now()) != console.StatusRevoked || token.RevokeReason != "leaked" {
			t.Errorf("stored %+v", token)
		}
		if got := recorded(t, w, w.token.GUID); !slices.Equal(got, []console.Action{console.TokenRevoked, console.TokenCreated}) {
			t.Errorf("recorded %v", got)
		}
		again := v.Submit(form).Want(http.StatusOK)
		if again.Text("#dlg-t") != "Nothing revoked" || len(recorded(t, w, w.token.GUID)) != 2 {
			t.Errorf("sent again: %s", again.Text("main"))
		}
	})
}

// TestBulkAsksForAWord where many tokens end, or an active one goes for good.
func TestBulkAsksForAWord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		for i := range 9 {
			w.Token(w.logs, w.owner, fmt.Sprintf("t-%d", i))
		}
		v := w.SignedIn(w.owner)
		asked := v.Submit(ticked(t, v, list, "revoke")).Want(http.StatusOK)
		if asked.Attr("#f-confirm", "data-match") != "revoke 10" {
			t.Fatalf("ten tokens are revoked without a word: %s", asked.Text("main"))
		}
		form := asked.Form("#bulk-confirm")
		for _, wrong := range []string{"", "revoke 9", "REVOKE 10", "delete 10"} {
			form.Values.Set("confirm", wrong)
			if a := v.Submit(form, webtest.HTMX(list)).Want(http.StatusUnprocessableEntity); a.Text("#f-confirm-err") != "Type revoke 10 to confirm." || a.Has("dialog") {
				t.Errorf("%q: %s", wrong, a.Text("form"))
			}
		}
		if _, err := w.Service.RevokeToken(t.Context(), by(w.owner), "", w.token.GUID, ""); err != nil {
			t.Fatal(err)
		}
		form.Values.Set("confirm", "revoke 10")
		if a := v.Submit(form).Want(http.StatusOK); a.Text("#dlg-t") != "9 tokens revoked" { // nine need no word
			t.Errorf("with one gone meanwhile: %s", a.Text("main"))
		}
		active, _ := w.Token(w.logs, w.owner, "active")
		one := webtest.Form{Action: list + "/bulk", Values: url.Values{"csrf": form.Values["csrf"], "verb": {"delete"}, "guid": {string(active.GUID)}}}
		if got := v.Submit(one).Attr("#f-confirm", "data-match"); got != "delete 1" {
			t.Errorf("an active token is deleted with %q", got)
		}
		one.Values.Set("guid", string(w.token.GUID))
		asked = v.Submit(one)
		if asked.Has("#f-confirm") {
			t.Error("a revoked token is deleted with a word")
		}
		if a := v.Submit(asked.Form("#bulk-confirm")).Want(http.StatusOK); a.Text("#dlg-t") != "1 token deleted" {
			t.Errorf("deleted: %s", a.Text("main"))
		}
		v.Get(tokenPath(w)).Want(http.StatusNotFound)
	})
}

func TestBulkDisableEnableAndExtend(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		all := list + "?status=all"
		asked := v.Submit(ticked(t, v, all, "disable")).Want(http.StatusOK)
		if asked.Text("#dlg-t") != "Disable 3 tokens?" || !strings.Contains(asked.Text("#bulk-foreseen"), "Revoked tokens stay so.") {
			t.Errorf("the question is %s", asked.Text("main"))
		}
		form := asked.Form("#bulk-confirm")
		form.Values.Set("until", "2020-01-01T00:00")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); a.Text("#f-until-err") != "Choose a time in the future." {
			t.Errorf("until the past: %s", a.Text("main"))
		}
		form.Values.Set("until", "2026-12-24T18:00")
		done := v.Submit(form).Want(http.StatusOK)
		if done.Text("#dlg-t") != "3 tokens disabled" || !strings.Contains(done.Text("main"), "3 could not be changed.") {
			t.Errorf("disabled: %s", done.Text("main"))
		}
		if got := stored(t, w, w.token.GUID).DisabledUntil; !got.Equal(time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC)) {
			t.Errorf("until %v", got)
		}
		enable := v.Submit(ticked(t, v, all, "enable")).Want(http.StatusOK)
		if a := v.Submit(enable.Form("#bulk-confirm")).Want(http.StatusOK); a.Text("#dlg-t") != "3 tokens enabled" {
			t.Errorf("enabled: %s", a.Text("main"))
		}

		asked = v.Submit(ticked(t, v, all, "extend")).Want(http.StatusOK)
		if asked.Text("#dlg-t") != "Extend 1 token?" || asked.Attr("#f-to", "value") != "2027-02-19T22:54" { // ending; soon lasts longer, one never ends
			t.Errorf("the question is %s, until %s", asked.Text("#dlg-t"), asked.Attr("#f-to", "value"))
		}
		form = asked.Form("#bulk-confirm")
		form.Values.Set("valid_to", "2028-01-01T00:00")
		again := v.Post(list+"/bulk", form.Values, webtest.HTMX(all), webtest.Header("HX-Target", "div#bulk-foreseen")).Want(http.StatusOK)
		if !again.Has("#bulk-foreseen") || again.Has("dialog") || again.Text(`hx-partial[hx-target="#dlg-t"]`) != "Extend 2 tokens?" || again.Text("#bulk-save") != "Extend 2 tokens" {
			t.Errorf("a later end foresees %s", again.Text("body"))
		}
		for _, wrong := range []string{"", "2020-01-01T00:00", "9999-01-01T00:00", "soon"} {
			changed := webtest.Form{Action: form.Action, Values: with(form.Values, "valid_to", wrong)}
			if a := v.Submit(changed).Want(http.StatusUnprocessableEntity); a.Text("#f-to-err") == "" {
				t.Errorf("%q: %s", wrong, a.Text("main"))
			}
		}
		if a := v.Submit(form).Want(http.StatusOK); a.Text("#dlg-t") != "2 tokens extended" {
			t.Errorf("extended: %s", a.Text("main"))
		}
		if got := stored(t, w, w.token.GUID); !got.ValidTo.IsZero() {
			t.Errorf("a token without an end got one: %v", got.ValidTo)
		}
		wantNames(t, "extended", v.Get(list+"?expires=3650d"), "ending", "soon")
	})
}

// TestBulkWithHTMX: a dialog, then the outcomes over a list that is new, so
// that no box stays ticked.
func TestBulkWithHTMX(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		w.Token(w.logs, w.owner, "another")
		v := w.SignedIn(w.owner)
		here := webtest.HTMX(tokenPath(w) + "?status=all")
		dialog := v.Submit(ticked(t, v, list+"?status=all", "delete"), here).Want(http.StatusOK)
		if !dialog.Has(`dialog[data-modal][role="alertdialog"][data-return="select-all"] #bulk-confirm[hx-post]`) || dialog.Has("main") {
			t.Fatalf("the dialog is %.300s", dialog.Body)
		}
		form := dialog.Form("#bulk-confirm")
		form.Values.Set("confirm", "delete 2")
		a := v.Submit(form, here).Want(http.StatusOK)
		if a.Text("dialog h2") != "2 tokens deleted" || !a.Has(`hx-partial[hx-target="#token-list"][hx-swap="innerHTML"] .empty`) || !a.Has(`dialog [data-close][autofocus]`) {
			t.Errorf("the answer is %.600s", a.Body)
		}
		if a.Header.Get("HX-Replace-Url") != list+"?status=all" || !strings.Contains(a.Body, `<hx-partial hx-target="#panel-slot" hx-swap="innerHTML"></hx-partial>`) {
			t.Errorf("the details of what is gone stay: %q", a.Header.Get("HX-Replace-Url"))
		}
	})
}

func TestBulkRefusesNonsense(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		other := w.Repository("other-logs")
		foreign, _ := w.Token(other, w.owner, "foreign")
		v := w.SignedIn(w.owner)
		csrf := v.CSRF()
		for name, fields := range map[string]url.Values{
			"nothing ticked": {"verb": {"revoke"}}, "no verb": {"guid": {string(w.token.GUID)}}, "another verb": {"verb": {"promote"}, "guid": {string(w.token.GUID)}},
			"no GUIDs": {"verb": {"revoke"}, "guid": {"junk", "\x00", "'; --"}},
		} {
			fields.Set("csrf", csrf)
			for _, path := range []string{list + "/bulk", list + "/bulk/execution"} {
				v.Post(path, fields).Want(http.StatusUnprocessableEntity)
				if a := v.Post(path, fields, webtest.HTMX(list)).Want(http.StatusUnprocessableEntity); !a.Has(`hx-partial[hx-target="#toasts"] [role="alert"]`) {
					t.Errorf("%s: no word with htmx: %.300s", name, a.Body)
				}
			}
		}
		// What belongs elsewhere is not there, what is named twice is done once.
		fields := url.Values{"csrf": {csrf}, "verb": {"revoke"}, "guid": {string(foreign.GUID), string(w.token.GUID), string(w.token.GUID), string(console.NewGUID())}}
		if a := v.Post(list+"/bulk/execution", fields).Want(http.StatusOK); a.Text("#dlg-t") != "1 token revoked" || len(a.All(".perm li")) != 1 {
			t.Errorf("the outcome is %s", a.Text("main"))
		}
		if got := stored(t, w, foreign.GUID); got.Status(w.Now()) != console.StatusActive {
			t.Error("a token of another repository was revoked")
		}
		many := url.Values{"csrf": {csrf}, "verb": {"disable"}}
		for range console.BulkLimit + 100 {
			many.Add("guid", string(console.NewGUID()))
		}
		v.Post(list+"/bulk", many).Want(http.StatusOK)
	})
}

// TestABulkQuestionKeepsWhatWasTyped when something about it is wrong, in a dialog
// and on a page, about ticked tokens and about all that match.
func TestABulkQuestionKeepsWhatWasTyped(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, st)
	for i := range 12 {
		w.Token(w.logs, w.owner, fmt.Sprint("many ", i), func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "ChangeFiles"} })
	}
	v := w.SignedIn(w.owner)
	heir := w.User("Heir", console.RoleAdministrator)
	const past = "2001-02-03T04:05"
	for verb, typed := range map[string]url.Values{
		"revoke":       {"reason": {strings.Repeat("x", 501)}, "confirm": {"revoke 13"}},
		"delete":       {"confirm": {"delete"}},
		"disable":      {"until": {past}},
		"extend":       {"valid_to": {past}},
		"transfer":     {"owner": {string(heir.GUID)}},
		"add_scope":    {"scope": {""}},
		"remove_scope": {"scope": {"ChangeFiles"}},
	} {
		for _, all := range []bool{false, true} {
			question := ticked(t, v, list, verb)
			if all {
				question.Values.Set("all", "1")
			}
			for what, options := range map[string][]webtest.Option{"page": nil, "dialog": {webtest.HTMX(list)}} {
				form := v.Submit(question, options...).Want(http.StatusOK).Form("#bulk-confirm")
				for name, values := range typed {
					form.Values[name] = values
				}
				status := http.StatusUnprocessableEntity
				if verb == "transfer" || verb == "remove_scope" { // nothing that can be chosen is wrong: they ask again
					form.Action, status = list+"/bulk", http.StatusOK
				}
				again := v.Submit(form, options...).Want(status).Form("#bulk-confirm")
				for name, values := range form.Values {
					if name != "csrf" && again.Values.Has(name) && !slices.Equal(again.Values[name], values) || typed.Has(name) && !again.Values.Has(name) {
						t.Errorf("%s, all %v, %s: %s was %q, and is %q", verb, all, what, name, values, again.Values[name])
					}
				}
			}
		}
	}
}
