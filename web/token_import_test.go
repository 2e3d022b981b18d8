package web_test

import (
	"bytes"
	"encoding/csv"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// upload sends a form with a file, as browsers do.
func upload(t *testing.T, v *webtest.Visitor, fields map[string]string, file string) *webtest.Answer {
	t.Helper()
	return uploadAs(t, v, fields, `C:\tokens.csv`, file)
}

// uploadAs sends a file with a name; without one it is that none was chosen.
func uploadAs(t *testing.T, v *webtest.Visitor, fields map[string]string, name, file string) *webtest.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(file))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return v.Do(http.MethodPost, "/tokens/import", body.String(), func(r *http.Request) { r.Header.Set("Content-Type", form.FormDataContentType()) })
}

var wholeToken = regexp.MustCompile(`^[0-9a-f-]{36}~lk_[0-9A-Za-z]{49}$`)

func TestTokensAreImported(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		csrf := map[string]string{"csrf": v.CSRF()}
		const content = "name,scopes,repositories,valid_to\nnightly,ReadAccess,web-logs,90d\n<b>=1+1,NoSuchScope,web-logs,soon\n"
		if a := upload(t, v, nil, content); a.Status != http.StatusForbidden {
			t.Errorf("a forged form is answered %d", a.Status)
		}
		if a := upload(t, v, map[string]string{"csrf": csrf["csrf"], "owner": "me"}, content); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("a field too many is answered %d", a.Status)
		}
		if a := upload(t, v, csrf, "name\nx\n").Want(http.StatusUnprocessableEntity); !strings.Contains(a.Text("#f-file-err"), "The column scopes is missing.") {
			t.Errorf("a bad file is answered %s", a.Text("main"))
		}
		upload(t, v, csrf, strings.Repeat("x", console.ImportSize+200<<10)).Want(http.StatusRequestEntityTooLarge)
		if a := v.Post("/tokens/import", url.Values{"csrf": {csrf["csrf"]}}).Want(http.StatusUnprocessableEntity); a.Text("#f-file-err") != "Choose a file." {
			t.Errorf("no file is answered %s", a.Text("main"))
		}
		if a := uploadAs(t, v, csrf, "", "").Want(http.StatusUnprocessableEntity); a.Text("#f-file-err") != "Choose a file." {
			t.Errorf("no file chosen is answered %s", a.Text("main"))
		}
		page := upload(t, v, csrf, content).Want(http.StatusSeeOther).Header.Get("Location")
		report := v.Get(page).Want(http.StatusOK)
		if got := report.Texts("tbody tr"); len(got) != 2 || !strings.Contains(got[0], "2 nightly web-logs · ReadAccess") || !strings.Contains(got[0], "Ready") ||
			!strings.Contains(got[1], "scopes: There is no scope “NoSuchScope”") || strings.Contains(got[1], "Never expires") {
			t.Errorf("the report is %q", got)
		}
		run := report.Form("#import-run")
		strict := run
		strict.Values = url.Values{"csrf": {csrf["csrf"]}}
		v.Submit(strict).Want(http.StatusConflict)
		a := v.Submit(run).Want(http.StatusOK)
		rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("the file is %q, %v", a.Body, err)
		}
		column := slices.Index(rows[0], "token")
		if !wholeToken.MatchString(rows[1][column]) || rows[2][column] != "" || !strings.Contains(rows[2][column+1], "NoSuchScope") {
			t.Errorf("the rows are %q", rows)
		}
		if a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), `attachment; filename="token-secrets-`) {
			t.Errorf("the headers are %v", a.Header)
		}
		report = v.Get(page).Want(http.StatusOK)
		if report.Has("#import-run") || !strings.Contains(report.Text("main"), "1 token of this file is there.") {
			t.Errorf("afterwards the report says %s", report.Text("main"))
		}
		if strings.Contains(report.Body, rows[1][column]) {
			t.Error("the secret is told again")
		}
		if again := v.Submit(run).Want(http.StatusOK); strings.Contains(again.Body, "~lk_") {
			t.Error("a repeated run tells a secret")
		}
		anew := v.Submit(report.Form("#import-rotate")).Want(http.StatusOK)
		if !strings.Contains(anew.Body, "~lk_") || strings.Contains(anew.Body, rows[1][column]) {
			t.Errorf("the new secrets are %q", anew.Body)
		}
		other := w.SignedIn(w.User("Ada", console.RoleAdministrator))
		other.Get(page).Want(http.StatusNotFound)
		other.Post(page+"/secrets.csv", url.Values{"csrf": {other.CSRF()}}).Want(http.StatusNotFound)
		log := v.Get("/audit?action=tokens.imported")
		if got := log.Texts("details.ev"); len(got) == 0 || !strings.Contains(got[len(got)-1], "Olga began to import 1 token") {
			t.Errorf("recorded is %q", got)
		}
	})
}

// TestAnImportOfRiskyScopesAsksForProof before it makes the first token.
func TestAnImportOfRiskyScopesAsksForProof(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		w := newWorld(t, st)
		v := w.SignedIn(w.owner)
		page := upload(t, v, map[string]string{"csrf": v.CSRF()}, "name,scopes,type\na,ManageCluster,system\n").Want(http.StatusSeeOther).Header.Get("Location")
		form := v.Get(page).Form("#import-run")
		w.Advance(console.ProofLifetime)
		asked := v.Submit(form)
		if asked.Status == http.StatusOK || strings.Contains(asked.Body, "~lk_") || asked.Header.Get("Content-Disposition") != "" {
			t.Errorf("without a proof it is answered %d, %v", asked.Status, asked.Header)
		}
	})
}
