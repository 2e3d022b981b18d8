package web_test

import (
	"encoding/csv"
	"encoding/json"
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
	"latchkey/web/webtest"
)

// TestTokensAreExported with what is listed, whatever somebody called a token.
func TestTokensAreExported(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		want := map[string]bool{w.token.Name: true}
		for name, safe := range hostileNames {
			if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) || strings.ContainsAny(name, "\u009b\u202e") {
				continue // such a name is refused, and stands in descriptions only if at all
			}
			w.Token(w.logs, w.owner, name, func(n *console.NewToken) { n.Description = "-2+3\n=cmd|' /C calc'!A0" })
			want[safe] = true
		}
		v := w.SignedIn(w.owner)
		a := v.Get("/tokens.csv").Want(http.StatusOK)
		if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="tokens-2026-11-21.csv"` || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("it is called %s, %v", got, a.Header)
		}
		rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
		if err != nil || len(rows) != len(want)+1 {
			t.Fatalf("%d rows, %v: %q", len(rows), err, a.Body)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n\x00", rune(cell[0])) {
					t.Errorf("a cell is a formula: %q", cell)
				}
			}
		}
		for _, row := range rows[1:] {
			if name := row[slices.Index(rows[0], "name")]; !want[name] {
				t.Errorf("a name is %q", name)
			}
		}
		lines := v.Get(list + ".jsonl?q=" + url.QueryEscape("=1+1")).Want(http.StatusOK)
		var line console.TokenLine
		if err := json.Unmarshal([]byte(lines.Body), &line); err != nil || line.Name != "=1+1" || line.Description != "-2+3\n=cmd|' /C calc'!A0" ||
			!slices.Equal(line.Repositories, []string{"web-logs"}) || line.Status != console.StatusActive {
			t.Errorf("the line is %+v, %v of %q", line, err, lines.Body)
		}
		if a := v.Get("/tokens.csv?scope=NoSuchScope").Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text("main"), "There is no scope “NoSuchScope” to filter by.") {
			t.Errorf("what names nothing is answered %s", a.Text("main"))
		}
		if a := v.Do(http.MethodHead, "/tokens.jsonl", "").Want(http.StatusOK); a.Body != "" || !strings.Contains(a.Header.Get("Content-Disposition"), ".jsonl") {
			t.Errorf("HEAD answers %v", a.Header)
		}
	})
}

// TestTheTokenTableLeadsToItsExport with its filters, order and ticked rows.
func TestTheTokenTableLeadsToItsExport(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		sample(w)
		v := w.SignedIn(w.owner)
		for query, want := range map[string]string{"": "", "?limit=25&q=ended&status=all": "?q=ended&status=all", "?sort=created&dir=desc&page=last": "?dir=desc&sort=created"} {
			for _, a := range []*webtest.Answer{v.Get(list + query), v.Get(list+query, webtest.HTMX(list))} {
				for _, format := range []string{"csv", "jsonl"} {
					if href := list + "." + format + want; !strings.Contains(strings.ReplaceAll(a.Body, "&amp;", "&"), `href="`+href+`"`) {
						t.Errorf("%q does not lead to %s", query, href)
					}
				}
			}
		}
		form := ticked(t, v, list+"?q=ending", "")
		form.Values.Del("verb")
		form.Values.Set("format", "jsonl")
		form.Action = v.Get(list).Form("#export-form").Action
		if a := v.Submit(form).Want(http.StatusOK); strings.Count(a.Body, "\n") != 1 || !strings.Contains(a.Body, `"name":"ending"`) {
			t.Errorf("ticked is exported %q", a.Body)
		}
		form.Values.Del("guid")
		if a := v.Submit(form).Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text("main"), "Tick at least one token first.") {
			t.Errorf("nothing ticked is answered %s", a.Text("main"))
		}
		// Who may only look has the form of the export and no other.
		page := w.SignedIn(w.User("Aude", console.RoleAuditor)).Get(list)
		if len(page.All(`input[data-row][form="export-form"]`)) == 0 || page.Has("#bulk-form") || page.Has(`[form="bulk-form"]`) {
			t.Errorf("an auditor's boxes belong to another form")
		}
	})
}

// TestAnAbortedExportOfTokensLeavesNothingBehind: neither a statement that goes
// on nor a place among the exports.
func TestAnAbortedExportOfTokensLeavesNothingBehind(t *testing.T) {
	st := storetest.Open(t, storetest.SQLite(t))
	w := newWorld(t, st)
	description := strings.Repeat("x", 500)
	keys, err := st.ListKeys(t.Context())
	w.must(nil, err)
	w.must(nil, st.Tx(t.Context(), func(tx *store.Store) error {
		for range 9000 { // more than connections hold
			guid := console.NewGUID()
			token := console.Token{GUID: guid, Type: console.TypeSystem, Name: string(guid), Description: description, CreatedAt: w.Now(), UpdatedAt: w.Now(), Version: 1}
			if err := tx.InsertToken(t.Context(), token, store.SecretHash{Hash: []byte(guid), KeyID: keys[0]}); err != nil {
				return err
			}
		}
		return nil
	}))
	v := w.SignedIn(w.owner)
	cookie := "latchkey=" + v.Cookie("latchkey")
	v.Get("/tokens")
	before := runtime.NumGoroutine()
	var open []*http.Response
	for range 2 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/tokens.jsonl", nil)
		w.must(nil, err)
		request.Header.Set("Cookie", cookie)
		response, err := new(http.Transport).RoundTrip(request)
		w.must(nil, err)
		_, err = io.ReadFull(response.Body, make([]byte, 100))
		w.must(nil, err)
		open = append(open, response)
	}
	v.Get("/tokens.csv").Want(http.StatusTooManyRequests)
	w.SignedIn(w.User("Somebody Else", console.RoleOwner)).Get("/tokens.csv").Want(http.StatusOK)
	w.Token(w.logs, w.owner, "made-meanwhile") // a writer does not wait for readers
	for _, response := range open {
		_ = response.Body.Close()
	}
	until := time.Now().Add(20 * time.Second)
	for runtime.NumGoroutine() > before && time.Now().Before(until) {
		time.Sleep(20 * time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines became %d", before, now)
	}
	if n := strings.Count(v.Get("/tokens.jsonl").Want(http.StatusOK).Body, "\n"); n != 9002 {
		t.Errorf("afterwards %d tokens are exported", n)
	}
}
