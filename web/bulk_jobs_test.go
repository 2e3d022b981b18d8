package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// workOff works off the job that an answer leads to, and returns its page.
func workOff(t *testing.T, w world, v *webtest.Visitor, path string) *webtest.Answer {
	t.Helper()
	guid, ok := console.ParseGUID(strings.TrimPrefix(path, "/jobs/"))
	if !ok {
		t.Fatalf("that is no job: %q", path)
	}
	if _, err := w.Service.WorkBulkJob(t.Context(), console.System("test"), guid, func(console.BulkJob) {}); err != nil {
		t.Fatal(err)
	}
	return v.Get(path).Want(http.StatusOK)
}

// TestAllThatMatch are changed by a job, without a script: the filter travels, and
// neither the rows of the page nor what is ticked.
func TestAllThatMatch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		page := v.Get(list + "?q=o&status=all").Want(http.StatusOK)
		if !page.Has(`[data-all-match] input[form="bulk-form"][name="all"]`) {
			t.Fatal("nobody is offered all that match")
		}
		form := page.Form("#bulk-form")
		form.Values.Set("all", "1")
		form.Values.Set("query", "?q=o&status=all")
		form.Values.Set("verb", "revoke")
		asked := v.Submit(form).Want(http.StatusOK)
		matching := asked.Text("#bulk-foreseen")
		if !strings.Contains(matching, "Name: o") || asked.Has(`input[name="guid"]`) || asked.Attr(`input[name="query"]`, "value") == "" {
			t.Errorf("the question is %s", matching)
		}
		confirm := asked.Form("#bulk-confirm")
		confirm.Values.Set("reason", "leaked")
		gone := v.Submit(confirm).Want(http.StatusSeeOther)
		path := gone.Header.Get("Location")
		running := v.Get(path).Want(http.StatusOK)
		if !running.Has("progress") || !running.Has("#bulk-cancel") || !running.Has(`[hx-sse\:connect]`) {
			t.Errorf("while it runs the page is %s", running.Text("main"))
		}
		done := workOff(t, w, v, path)
		if done.Has("progress") || done.Has("#bulk-cancel") || !strings.Contains(done.Text("main"), "revoked.") || !strings.Contains(done.Text("main"), "leaked") {
			t.Errorf("the job ends as %s", done.Text("main"))
		}
		csv := v.Get(path + "/outcomes.csv").Want(http.StatusOK)
		lines := v.Get(path + "/outcomes.jsonl").Want(http.StatusOK)
		if !strings.HasPrefix(csv.Body, "guid,name,outcome,why\r\n") || strings.Count(csv.Body, "\r\n")-1 != strings.Count(lines.Body, "\n") || !strings.Contains(csv.Body, ",changed,") {
			t.Errorf("the outcomes are %q and %q", csv.Body, lines.Body)
		}
		events := v.Get(path + "/events").Want(http.StatusOK)
		if events.Header.Get("Content-Type") != "text/event-stream" || !strings.HasPrefix(events.Body, "event: progress\ndata: ") {
			t.Errorf("the events are %q", events.Body)
		}
		if all := v.Get("/jobs").Want(http.StatusOK); !strings.Contains(all.Text("table"), "Revoke tokens") {
			t.Errorf("the list is %s", all.Text("main"))
		}
		if recent := v.Get("/").Want(http.StatusOK).Texts(".trail li"); len(recent) == 0 || !strings.Contains(recent[0], "Olga finished a bulk change: Revoke tokens") || strings.Contains(strings.Join(recent, " "), "revoked token") {
			t.Errorf("the overview tells %q", recent)
		}
		if log := v.Get("/audit?period=all&job=" + strings.TrimPrefix(path, "/jobs/")).Want(http.StatusOK); !strings.Contains(log.Text("main"), "revoked token") {
			t.Errorf("the audit log tells %s", log.Text("main"))
		}
	})
}

// TestBulkTransferAndScopes ask for whom or what, and say what would change.
func TestBulkTransferAndScopes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		heir := w.User("Heir", console.RoleAdministrator)
		v := w.SignedIn(w.owner)
		asked := v.Submit(ticked(t, v, list, "transfer")).Want(http.StatusOK)
		form := asked.Form("#bulk-confirm")
		form.Values.Set("owner", string(heir.GUID))
		if a := v.Submit(form).Want(http.StatusOK); a.Text("#dlg-t") != "1 token transferred" || stored(t, w, w.token.GUID).Owner.GUID != heir.GUID {
			t.Errorf("transferred: %s", a.Text("main"))
		}
		for verb, scope := range map[string]string{"add_scope": "ChangeFiles", "remove_scope": "NoSuchScope"} {
			form = v.Submit(ticked(t, v, list, verb)).Want(http.StatusOK).Form("#bulk-confirm")
			form.Values.Set("scope", scope)
			v.Submit(form).Want(http.StatusOK)
		}
		if got := stored(t, w, w.token.GUID).Scopes; !strings.Contains(strings.Join(got, " "), "ChangeFiles") {
			t.Errorf("the scopes are %v", got)
		}
	})
}

// TestScopesThatAreOffered: what most of them have is offered first, of
// ticked tokens and of all that match, and nothing that none has. Which to add or to
// remove nobody can guess.
func TestScopesThatAreOffered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		guids := []string{string(w.token.GUID)}
		for _, name := range []string{"one", "two"} {
			token, _ := w.Token(w.logs, w.owner, name, func(n *console.NewToken) { n.Scopes = []string{"ReadAccess", "ChangeFiles"} })
			guids = append(guids, string(token.GUID))
		}
		v := w.SignedIn(w.owner)
		form := v.Get(list).Form("#bulk-form")
		form.Values.Set("verb", "remove_scope")
		form.Values["guid"] = guids
		all := url.Values{"csrf": form.Values["csrf"], "verb": {"remove_scope"}, "all": {"1"}, "query": {""}}
		for what, asked := range map[string]*webtest.Answer{"ticked": v.Submit(form), "matching": v.Post(list+"/bulk", all)} {
			want := []string{"Choose a scope", "ReadAccess (3 tokens)", "ChangeFiles (2 tokens)"}
			if got := asked.Want(http.StatusOK).Texts("#f-choice option"); !slices.Equal(got, want) || asked.Text("#dlg-t") != "Remove a scope" || asked.Has("#bulk-foreseen li") || asked.Has("[data-save]") {
				t.Errorf("%s: %s; offered is %q, want %q", what, asked.Text("main"), got, want)
			}
			chosen := asked.Form("#bulk-confirm")
			chosen.Values.Set("scope", "ReadAccess")
			chosen.Action = list + "/bulk"
			if a := v.Submit(chosen).Want(http.StatusOK); a.Text("#dlg-t") != "Remove a scope from 2 tokens?" {
				t.Errorf("%s: once chosen it says %s", what, a.Text("main"))
			}
		}
		form.Values.Set("verb", "add_scope")
		asked := v.Submit(form).Want(http.StatusOK)
		if asked.Text("#dlg-t") != "Add a scope" || asked.Texts("#f-choice option")[0] != "Choose a scope" || asked.Has("#bulk-foreseen li") || asked.Has("[data-save]") {
			t.Errorf("before a scope to be added is chosen it says %s", asked.Text("main"))
		}
		v.Submit(asked.Form("#bulk-confirm")).Want(http.StatusUnprocessableEntity)
	})
}

// TestEmergency revokes what matches a leak, in every repository, and nothing
// while nobody says what leaked.
func TestEmergency(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		other := w.Repository("other-logs")
		elsewhere, _ := w.Token(other, w.owner, "elsewhere")
		v := w.SignedIn(w.owner)
		csrf := v.Get("/emergency").Want(http.StatusOK).Form("#emergency").Values.Get("csrf")
		if a := v.Post("/emergency", url.Values{"csrf": {csrf}}).Want(http.StatusUnprocessableEntity); !a.Has("#e-repository[aria-invalid=true]") {
			t.Errorf("nothing is answered %s", a.Text("main"))
		}
		turned := url.Values{"csrf": {csrf}, "created_from": {"2026-02-01"}, "created_to": {"2026-01-01"}}
		if a := v.Post("/emergency", turned).Want(http.StatusUnprocessableEntity); !a.Has("#e-to[aria-invalid=true]") {
			t.Errorf("days the other way round are answered %s", a.Text("main"))
		}
		v.Post("/emergency", url.Values{"csrf": {csrf}, "repository": {"nowhere"}}).Want(http.StatusUnprocessableEntity)
		asked := v.Post("/emergency", url.Values{"csrf": {csrf}, "scope": {"ReadAccess"}, "created_from": {"2020-02-01"}, "created_to": {"2099-12-31"}}).Want(http.StatusOK)
		if words := asked.Text("#bulk-foreseen"); !strings.Contains(words, "Created from: 1 Feb 2020") || !strings.Contains(words, "Created to: 31 Dec 2099") {
			t.Errorf("what leaked is said as %s", words)
		}
		if asked.Text("#dlg-t") != "Revoke 2 tokens?" {
			t.Errorf("the question is %s", asked.Text("main"))
		}
		back := asked.Attr(".modal-foot a", "href")
		if chosen := v.Get(back).Want(http.StatusOK).Form("#emergency").Values.Get("scope"); !strings.HasPrefix(back, "/emergency?") || chosen != "ReadAccess" {
			t.Errorf("Cancel leads to %s, where %q is chosen", back, chosen)
		}
		form := asked.Form("#bulk-confirm")
		form.Values.Set("reason", strings.Repeat("x", 501))
		again := v.Submit(form).Want(http.StatusUnprocessableEntity)
		for _, page := range []*webtest.Answer{asked, again} {
			if current := page.Attr(".side [aria-current]", "href"); current != "/jobs" || page.Attr(".modal-foot a", "href") != back {
				t.Errorf("the menu marks %s, Cancel leads to %s", current, page.Attr(".modal-foot a", "href"))
			}
		}
		path := v.Submit(asked.Form("#bulk-confirm")).Want(http.StatusSeeOther).Header.Get("Location")
		workOff(t, w, v, path)
		for _, page := range []string{path, "/jobs", "/audit?action=bulk.started"} {
			if text := v.Get(page).Want(http.StatusOK).Text("main"); !strings.Contains(text, "ReadAccess") || !strings.Contains(text, "Created from 1 Feb 2020") || !strings.Contains(text, "Created to 31 Dec 2099") {
				t.Errorf("%s says %s", page, text)
			}
		}
		for _, guid := range []console.GUID{elsewhere.GUID, w.token.GUID} {
			if got := stored(t, w, guid).Status(w.Now()); got != console.StatusRevoked {
				t.Errorf("%s is %s", guid, got)
			}
		}
	})
}

// TestCancelBulkJob leaves the rest as it is, with and without a script.
func TestCancelBulkJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		for _, options := range [][]webtest.Option{nil, {webtest.HTMX("/jobs")}} {
			job, err := w.Service.StartBulkJob(t.Context(), console.System("test"), console.TokenFilter{}, console.BulkRequest{Verb: console.BulkRevoke})
			if err != nil {
				t.Fatal(err)
			}
			path := "/jobs/" + string(job.GUID)
			v.Submit(v.Get(path).Want(http.StatusOK).Form("#bulk-cancel"), options...)
			if page := v.Get(path); !strings.Contains(page.Text("main"), "Cancelled") || page.Has("progress") {
				t.Errorf("it is %s", page.Text("main"))
			}
		}
		if got := stored(t, w, w.token.GUID).Status(w.Now()); got != console.StatusActive {
			t.Errorf("the token is %s", got)
		}
	})
}
