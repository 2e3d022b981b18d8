package cli

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
)

var demoAnswer = regexp.MustCompile(`(?m)^  (\S+@\S+)\n  (\S+)\n$`)

func TestTheDemo(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		answer := demoAnswer.FindStringSubmatch(m.must("demo"))
		if answer == nil {
			t.Fatal("it does not say how to sign in")
		}
		m.refused(6, []string{"only an empty one"}, "demo")
		m.refused(6, []string{"only an empty one"}, "demo", "--tokens", "10")

		statuses, types, repositories := map[console.Status]int{}, map[console.Type]int{}, map[string]int{}
		all := lines[tokenJSON](t, m.must("token", "list", "--json"))
		for _, token := range all {
			statuses[token.Status]++
			types[token.Type]++
			if token.Type == console.TypeRepository && len(token.Repositories) == 1 {
				repositories[token.Repositories[0]]++
			}
			if token.Status.Final() && time.Since(moment(t, token.ValidTo)) > 85*24*time.Hour {
				t.Errorf("%s, which ended on %s, will not be kept for long", token.Name, token.ValidTo)
			}
		}
		if len(all) != 205 || types[console.TypeRepository] != 191 || types[console.TypePersonal] != 2 || types[console.TypeDashboardLink] != 2 || types[console.TypeOrganization] == 0 ||
			types[console.TypeOrganizationManagement] == 0 || types[console.TypeSystem] == 0 {
			t.Errorf("there are %d tokens: %v", len(all), types)
		}
		for _, status := range console.Statuses {
			if statuses[status] < 4 {
				t.Errorf("of status %s are %d tokens", status, statuses[status])
			}
		}
		for _, r := range sampleRepositories {
			if repositories[r.name] != r.tokens {
				t.Errorf("%s has %d tokens, want %d", r.name, repositories[r.name], r.tokens)
			}
		}
		if expiring := strings.Count(m.must("token", "list", "--status", "expiring"), "\n") - 1; expiring < 4 {
			t.Errorf("%d tokens are about to expire", expiring)
		}

		events := lines[console.AuditLine](t, m.must("audit", "list", "--json"))
		actions := map[console.Action]int{}
		for i, event := range events {
			actions[event.Action]++
			if i > 0 && (event.At > events[i-1].At || event.ID >= events[i-1].ID) {
				t.Errorf("event %d at %s comes after one at %s", event.ID, events[i-1].At, event.At)
			}
		}
		latest, oldest := moment(t, events[0].At), moment(t, events[len(events)-1].At)
		if !latest.Before(time.Now()) || time.Since(oldest) < 365*24*time.Hour {
			t.Errorf("the audit log is from %v to %v", oldest, latest)
		}
		for action, want := range map[console.Action]int{console.TokenCreated: 205, console.AssetCreated: len(sampleAssets), console.ViewCreated: 2, console.TokenRevoked: statuses["revoked"], console.TokenDisabled: statuses["disabled"],
			console.RepositoryCreated: 9, console.ScopeCreated: 2, console.IPFilterCreated: 2, console.IPFilterEdited: 1, console.UserCreated: 7,
			console.UserInvited: 1, console.UserDisabled: 1, console.UserAccessChanged: 3, console.MemberAdded: 5} {
			if actions[action] != want {
				t.Errorf("%d events %s, want %d", actions[action], action, want)
			}
		}

		s, address := m.serve()
		if status, page := signIn(t, address, answer[1], answer[2]); status != http.StatusOK || !strings.Contains(page, "Mira Okafor") {
			t.Errorf("signing in leads to %d", status)
		}
		if status, _ := signIn(t, address, answer[1], "not "+answer[2]); status != http.StatusUnprocessableEntity {
			t.Errorf("signing in with another password gives %d", status)
		}
		s.end(t)

		current := func(window string) int {
			return len(lines[tokenJSON](t, m.must("token", "list", "--json", "--status", "current", "--retention-window", window)))
		}
		if got, want := current("0"), statuses["active"]+statuses["scheduled"]; got != want {
			t.Errorf("%d tokens are current, want %d", got, want)
		}
		if got, want := current("90d"), 205-statuses["disabled"]-statuses["revoked"]; got != want {
			t.Errorf("%d tokens are current or expired within 90 days, want %d", got, want)
		}
		m.env["LATCHKEY_RETENTION"] = "10d"
		kept := 0
		for _, token := range all {
			if !token.Status.Final() || time.Since(moment(t, token.ValidTo)) < 10*24*time.Hour {
				kept++
			}
		}
		s, _ = m.serve()
		purged := func() bool { return m.must("audit", "list", "--json", "--action", "tokens.purged") != "" }
		for deadline := time.Now().Add(time.Minute); !purged() && time.Now().Before(deadline); {
			time.Sleep(50 * time.Millisecond)
		}
		s.end(t)
		if left := len(lines[tokenJSON](t, m.must("token", "list", "--json"))); left != kept || kept > 190 {
			t.Errorf("%d tokens are left when what ended is kept for 10 days, want %d", left, kept)
		}
	})
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

var formField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// signIn signs in through the form and returns the page that it leads to.
func signIn(t *testing.T, address, email, password string) (int, string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	read := func(response *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	_, page := read(client.Get(address + "/login"))
	csrf := formField.FindStringSubmatch(page)
	if csrf == nil {
		t.Fatalf("no form in\n%s", page)
	}
	return read(client.PostForm(address+"/login", url.Values{"csrf": {html.UnescapeString(csrf[1])}, "email": {email}, "password": {password}}))
}

func TestTheDemoOfManyTokens(t *testing.T) {
	const count = 2000
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		m := newMachine(t, databaseURL)
		m.refused(2, []string{"--tokens: "}, "demo", "--tokens", "0")
		m.refused(2, []string{"--tokens: "}, "demo", "--tokens=-1")
		o := m.run("demo", "--tokens", "2000")
		if o.code != 0 || demoAnswer.FindString(o.stdout) == "" || !strings.Contains(o.stderr, "LATCHKEY_RETENTION") {
			t.Fatalf("%+v", o)
		}
		statuses, guids := map[console.Status]int{}, map[console.GUID]bool{}
		all := lines[tokenJSON](t, m.must("token", "list", "--json"))
		for _, token := range all {
			statuses[token.Status]++
			guids[token.GUID] = true
		}
		if len(all) != count || len(guids) != count || len(statuses) != len(console.Statuses) {
			t.Errorf("%d tokens are listed, %d of them different: %v", len(all), len(guids), statuses)
		}
		if !slices.IsSortedFunc(all, func(a, b tokenJSON) int { return strings.Compare(console.Fold(a.Name), console.Fold(b.Name)) }) {
			t.Error("they are not listed by name")
		}
		m.refused(6, []string{"only an empty one"}, "demo")
	})
}

// TestADemoLeavesAloneWhatSomebodyBegan is about databases without accounts.
func TestADemoLeavesAloneWhatSomebodyBegan(t *testing.T) {
	m := blank(t)
	m.must("repository", "create", "sandbox")
	m.refused(6, []string{"only an empty one"}, "demo")
	m = blank(t)
	m.must("token", "create", "--name", "x", "--scope", "ViewUsage", "--type", "organization")
	m.refused(6, []string{"only an empty one"}, "demo", "--tokens", "1")
}
