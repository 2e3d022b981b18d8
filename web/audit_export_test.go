package web_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web"
	"latchkey/web/webtest"
)

// hostileNames are what a spreadsheet or a terminal must not take for more than
// text, with what becomes of them in CSV.
var hostileNames = map[string]string{
	"=1+1":                     "'=1+1",
	"+1":                       "'+1",
	"-1":                       "'-1",
	"@SUM(A1)":                 "'@SUM(A1)",
	"\t=1":                     "'\t=1",
	"\r=1":                     `'\u000d=1`,
	"\x00=1":                   `'\u0000=1`,
	"\n=1":                     "'\n=1",
	"＝1":                       "'＝1",
	"two\nlines":               "two\nlines",
	"more\r\nlines":            "more\nlines",
	`a "quote", and a comma`:   `a "quote", and a comma`,
	"a\x1b]0;title\x07":        `a\u001b]0;title\u0007`,
	"a\u009b2J":                `a\u009b2J`,
	"abc\u202etxt.exe":         `abc\u202etxt.exe`,
	"a;=1":                     "a;=1",
	"馬 é \U0001f511":           "馬 é \U0001f511",
	`{"level":"error"}` + "\n": `{"level":"error"}` + "\n",
}

// event records something that somebody of that name did.
func (w world) event(t *testing.T, st *store.Store, e console.AuditEvent) {
	t.Helper()
	e.At, e.ActorKind = w.Now(), console.PrincipalUser
	if e.Action == "" {
		e.Action = console.TokenEdited
	}
	if err := st.InsertAuditEvents(t.Context(), []console.AuditEvent{e}, func(_, record []byte) []byte { return record[:1] }); err != nil {
		t.Fatal(err)
	}
}

func TestTheAuditLogIsExported(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		want := map[string]bool{}
		for name, safe := range hostileNames {
			if strings.Contains(name, "\x00") && strings.Contains(t.Name(), "postgres") {
				continue // it keeps none
			}
			w.event(t, st, console.AuditEvent{Actor: console.PersonRef{Name: name}, Target: console.Target{Kind: console.TargetToken, Name: "t"}, Reason: "odd", Agent: name,
				Changes: []console.Change{{Field: "name", Old: name, New: "x"}}})
			want[safe] = true
		}
		v := w.SignedIn(w.owner)
		a := v.Get("/audit.csv?action=token.edited&period=24h").Want(http.StatusOK)
		if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="audit-2026-11-21.csv"` {
			t.Errorf("it is called %s", got)
		}
		if a.Header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("the headers are %v", a.Header)
		}
		if strings.ContainsAny(strings.ReplaceAll(a.Body, "\r\n", ""), "\r\x1b\x07\x00\u009b\u202e") {
			t.Errorf("it can do more than be read: %q", a.Body)
		}
		rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
		if err != nil || len(rows) != len(want)+1 || len(rows[0]) != 17 || strings.Count(a.Body, "\r\n") != len(rows) {
			t.Fatalf("%d rows, %v: %q", len(rows), err, a.Body)
		}
		agent, changes, name := slices.Index(rows[0], "agent"), slices.Index(rows[0], "changes"), slices.Index(rows[0], "actor_name")
		for _, row := range rows[1:] {
			if !want[row[name]] || row[agent] != row[name] {
				t.Errorf("a name is %q", row[name])
			}
			delete(want, row[name])
			var read []console.Change
			if err := json.Unmarshal([]byte(row[changes]), &read); err != nil || hostileNames[read[0].Old] != row[name] {
				t.Errorf("the changes are %q: %v", row[changes], err)
			}
		}
		lines := v.Get("/audit.jsonl?q=nobody-of-that-name").Want(http.StatusOK)
		if lines.Body != "" || lines.Header.Get("Content-Type") != "application/jsonl; charset=utf-8" || !strings.Contains(lines.Header.Get("Content-Disposition"), ".jsonl") {
			t.Errorf("nothing is %q, %v", lines.Body, lines.Header)
		}
		lines = v.Get("/audit.jsonl?action=token.edited").Want(http.StatusOK)
		decoder := json.NewDecoder(strings.NewReader(lines.Body))
		for n := 0; decoder.More(); n++ {
			var line console.AuditLine
			if err := decoder.Decode(&line); err != nil || hostileNames[line.Actor.Name] == "" || line.Agent != line.Actor.Name || line.Target.Name != "t" {
				t.Errorf("line %d is %+v: %v", n, line, err)
			}
		}
		if strings.Count(lines.Body, "\n") != len(rows)-1 || strings.ContainsAny(lines.Body, "\r\x1b\u009b\u202e") {
			t.Errorf("the lines are %q", lines.Body)
		}
		head := v.Do(http.MethodHead, "/audit.csv", "").Want(http.StatusOK)
		if head.Body != "" || !strings.Contains(head.Header.Get("Content-Disposition"), ".csv") {
			t.Errorf("HEAD answers %v", head.Header)
		}
		log := v.Get("/audit?action=audit.exported").Want(http.StatusOK)
		if got := log.All("details.ev"); len(got) != 3 || !strings.Contains(webtest.Text(got[2]), "Olga exported the audit log") ||
			!strings.Contains(webtest.Text(got[2]), "Format csv Actions token.edited From 20 Nov 2026, 20:52 UTC") {
			t.Errorf("recorded are %q", log.Texts("details.ev"))
		}
		w.SignedIn(w.User("Aude", console.RoleAuditor)).Get("/audit.csv").Want(http.StatusOK)
	})
}

// TestTheExportMenuKeepsTheFilters on the page and when htmx changes them.
func TestTheExportMenuKeepsTheFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		for query, want := range map[string]string{
			"":                           "",
			"?limit=25&page=last&q=olga": "?q=olga",
			"?repository=WEB-logs":       "?repository=web-logs",
			"?period=all&action=token.created&actor=" + string(w.owner.GUID): "?action=token.created&actor=" + string(w.owner.GUID) + "&period=all",
		} {
			for _, a := range []*webtest.Answer{v.Get("/audit" + query), v.Get("/audit"+query, webtest.HTMX("/audit"))} {
				for _, format := range []string{"csv", "jsonl"} {
					if !strings.Contains(strings.ReplaceAll(a.Body, "&amp;", "&"), `href="/audit.`+format+want+`"`) {
						t.Errorf("%q does not lead to /audit.%s%s", query, format, want)
					}
				}
			}
		}
		a := v.Get("/audit")
		for _, link := range a.All("#export-menu a") {
			v.Get(webtest.Attr(link, "href")).Want(http.StatusOK)
			if webtest.Attr(link, "hx-boost") != "false" {
				t.Error("htmx would show the file as a page")
			}
		}
	})
}

// TestExportsLeaveNothingBehind when their readers go away, and leave the
// console to others when there are many.
func TestExportsLeaveNothingBehind(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, st)
	long := strings.Repeat("x", 8000)
	err := st.Tx(t.Context(), func(tx *store.Store) error {
		for i := range 6000 { // far more than a connection holds
			e := console.AuditEvent{At: w.Now(), Action: console.TokenEdited, ActorKind: console.PrincipalUser, Reason: fmt.Sprint(i, long)}
			if err := tx.InsertAuditEvents(t.Context(), []console.AuditEvent{e}, func(_, record []byte) []byte { return record[:1] }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v := w.SignedIn(w.owner)
	cookie := "latchkey=" + v.Cookie("latchkey")
	v.Get("/audit")
	before := runtime.NumGoroutine()
	open := func() *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/audit.jsonl", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Cookie", cookie)
		response, err := new(http.Transport).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(response.Body, make([]byte, 100)); err != nil && response.StatusCode == http.StatusOK {
			t.Fatal(err)
		}
		return response
	}
	var stalled []*http.Response
	for range 2 {
		stalled = append(stalled, open())
	}
	if a := v.Get("/audit.csv").Want(http.StatusTooManyRequests); a.Header.Get("Retry-After") == "" || a.Header.Get("Content-Disposition") != "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("one too many: %v", a.Header)
	}
	w.Token(w.logs, w.owner, "made-meanwhile") // a writer does not wait for readers
	v.Get("/audit").Want(http.StatusOK)
	for _, response := range stalled {
		_ = response.Body.Close()
	}
	until := time.Now().Add(20 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(until) {
		time.Sleep(20 * time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines became %d", before, now)
	}
	whole := v.Get("/audit.jsonl").Want(http.StatusOK)
	if n := strings.Count(whole.Body, "\n"); n < 6000 {
		t.Errorf("afterwards %d lines are exported", n)
	}
	// What breaks in the middle ends as a broken connection, never as a short file.
	response := open()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil {
		t.Error("a part of the log passes for all of it")
	}
	_ = response.Body.Close()
}

// TestDeniedChangesAreRecorded for every route that an auditor may not post to.
func TestDeniedChangesAreRecorded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		aude := w.User("Aude", console.RoleAuditor)
		v := w.SignedIn(aude)
		csrf := v.CSRF()
		denials := func() []console.AuditEvent {
			page, err := st.ListAuditEvents(t.Context(), console.AuditFilter{Actor: aude.GUID, Actions: []console.Action{console.AccessDenied}}, console.PageRequest{Size: 100})
			if err != nil {
				t.Fatal(err)
			}
			return page.Items
		}
		for _, route := range web.Routes() {
			if route.Method != http.MethodPost || route.Path == "/logout" {
				continue
			}
			before := len(denials())
			a := v.Post(w.path(route), url.Values{"csrf": {csrf}})
			got := denials()
			if a.Status != http.StatusForbidden {
				if len(got) != before {
					t.Errorf("%s gives %d and is recorded as denied", route.Path, a.Status)
				}
				continue
			}
			if len(got) != before+1 {
				t.Errorf("%s is denied, and recorded %d times", route.Path, len(got)-before)
				continue
			}
			event := got[0]
			asked := slices.Contains(event.Changes, console.Change{Field: "request", New: "POST " + route.Path})
			if !asked || event.Reason == "" || event.Address == "" || event.RequestID != a.Header.Get("X-Request-Id") {
				t.Errorf("%s is recorded as %+v", route.Path, event)
			}
			if strings.Contains(route.Path, ":guid") && (event.Target.GUID != w.token.GUID || event.Target.Name != w.token.Name) {
				t.Errorf("%s is recorded of %+v", route.Path, event.Target)
			}
		}
		if n := len(denials()); n < 15 {
			t.Errorf("only %d routes are denied", n)
		}
		shown := w.SignedIn(w.owner).Get("/audit?action=access.denied").Want(http.StatusOK)
		if got := strings.Join(shown.Texts(".ev-t"), "\n"); !strings.Contains(got, "Aude was not allowed to change grafana-readonly") {
			t.Errorf("the log tells %s", got)
		}
	})
}
