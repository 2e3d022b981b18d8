package graph_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

const invalid = "The supplied authentication is invalid"

// boss is a token string that may do something, and the usual headers of a client
// that has it.
func (s *site) boss() (string, []edit) {
	s.t.Helper()
	_, secret := s.token(console.TypeSystem, "boss", "ChangeSystemPermissions")
	return secret, []edit{with("Authorization", "Bearer "+secret), with("Content-Type", "application/json")}
}

func TestWhoAsks(t *testing.T) {
	each(t, func(s *site) {
		secret, _ := s.boss()
		revoked, revokedSecret := s.token(console.TypeSystem, "revoked", "ReadHealthCheck")
		_, err := s.svc.RevokeToken(s.t.Context(), s.by, "", revoked.GUID, "")
		s.must(err)
		_, expired := s.create(console.NewToken{GUID: console.NewGUID(), Type: console.TypeSystem, Name: "short", Scopes: []string{"ReadHealthCheck"}, ValidTo: start.Add(time.Minute)})
		filter, err := s.svc.CreateIPFilter(s.t.Context(), s.by, console.NewIPFilter{Name: "elsewhere", Text: "allow 192.0.2.1"})
		s.must(err)
		_, filtered := s.create(console.NewToken{GUID: console.NewGUID(), Type: console.TypeSystem, Name: "filtered", Scopes: []string{"ReadHealthCheck"}, IPFilter: filter.GUID})
		mistyped := secret[:len(secret)-1] + "0"
		if mistyped == secret {
			mistyped = secret[:len(secret)-1] + "1"
		}
		s.now = start.Add(time.Minute)
		for _, c := range []struct {
			name   string
			header []string
			status int
		}{
			{"nobody", nil, 401},
			{"a bearer", []string{"Bearer " + secret}, 200},
			{"the scheme in capitals", []string{"BEARER " + secret}, 200},
			{"the scheme in small letters and more spaces", []string{"bearer   " + secret}, 200},
			{"another scheme", []string{"Basic " + secret}, 401},
			{"no scheme", []string{secret}, 401},
			{"two credentials", []string{"Bearer " + secret, "Bearer " + secret}, 401},
			{"a mistyped string", []string{"Bearer " + mistyped}, 401},
			{"another's secret", []string{"Bearer " + console.NewSecret(console.NewGUID()).Reveal()}, 401},
			{"a long credential", []string{"Bearer " + strings.Repeat(" ", 5000) + secret}, 401},
			{"a revoked token", []string{"Bearer " + revokedSecret}, 401},
			{"an expired token", []string{"Bearer " + expired}, 401},
			{"an address that its filter refuses", []string{"Bearer " + filtered}, 401},
			{"the bootstrap of another product", []string{"Bearer localroot~secret"}, 401},
		} {
			edits := []edit{with("Content-Type", "application/json")}
			for _, line := range c.header {
				edits = append(edits, with("Authorization", line))
			}
			status, answer := s.post("/graphql", `{"query":"{meta{version}}"}`, edits...)
			want := invalid
			if c.status == 200 {
				want = `{"data":{"meta":{"version":"1.204.0--latchkey-1.2.3"}}}`
			}
			if status != c.status || answer != want {
				s.t.Errorf("%s: %d %s", c.name, status, answer)
			}
		}
	})
}

func TestWhatIsSent(t *testing.T) {
	s := newSQLiteSite(t)
	secret, headers := s.boss()
	const query, answer = `{"query":"{meta{version}}"}`, `{"data":{"meta":{"version":"1.204.0--latchkey-1.2.3"}}}`
	noQuery := "The JSON object has no query."
	noJSON := "The body is not one JSON object with query, variables and operationName. Line ends in a text are written as \\n."
	for _, c := range []struct {
		name, path, body string
		status           int
		answer           string
	}{
		{"only a query", "/graphql", query, 200, answer},
		{"the operation's name in the address", "/graphql?id=GetUsername", query, 200, answer},
		{"a base address with a path", "/logscale/graphql?id=GetUsername", query, 200, answer},
		{"nulls", "/graphql", `{"query":"{meta{version}}","variables":null,"operationName":null}`, 200, answer},
		{"an empty name and no variables", "/graphql", `{"query":"{meta{version}}","variables":{},"operationName":""}`, 200, answer},
		{"what is not ours", "/graphql", `{"query":"{meta{version}}","extensions":{"persistedQuery":{}}}`, 200, answer},
		{"a name", "/graphql", `{"query":"query A{meta{version}} query B{viewer{username}}","operationName":"B"}`, 200, `{"data":{"viewer":{"username":"boss"}}}`},
		{"a name that is not there", "/graphql", `{"query":"query A{meta{version}}","operationName":"C"}`, 200,
			`{"errors":[{"message":"no operation with name \"C\"","extensions":{"code":"INVALID"}}],"data":null}`},
		{"two operations without a name", "/graphql", `{"query":"query A{meta{version}} query B{viewer{username}}"}`, 200,
			`{"errors":[{"message":"more than one operation in query document and no operation name given","extensions":{"code":"INVALID"}}],"data":null}`},
		{"commas", "/graphql", `{"query":"{viewer{username,isRoot},meta{version}}"}`, 200,
			`{"data":{"viewer":{"username":"boss","isRoot":false},"meta":{"version":"1.204.0--latchkey-1.2.3"}}}`},
		{"a batch", "/graphql", `[` + query + `]`, 400, noJSON},
		{"two objects", "/graphql", query + query, 400, noJSON},
		{"a line end in a text", "/graphql", "{\"query\":\"{meta\n{version}}\"}", 400, noJSON},
		{"no object", "/graphql", `"query"`, 400, noJSON},
		{"nothing", "/graphql", "", 400, noJSON},
		{"no query", "/graphql", `{}`, 400, noQuery},
		{"a token in the address", "/graphql?token=" + secret, query, 400, "A token never belongs in the address: it would be logged on the way."},
		{"a long body", "/graphql", `{"query":"{meta{version}}","variables":{"a":"` + strings.Repeat("x", 1<<20) + `"}}`, 413, "The body is larger than 1 MiB."},
		{"no GraphQL", "/graphql", `{"query":"{meta"}`, 200,
			`{"errors":[{"message":"syntax error: unexpected \"\", expecting Ident","locations":[{"line":1,"column":6}],"extensions":{"code":"INVALID"}}],"data":null}`},
		{"a wrong variable", "/graphql", `{"query":"query($id:String!){token(tokenId:$id){id}}","variables":{"id":65}}`, 200,
			`{"errors":[{"message":"A variable or an argument has the wrong type.","extensions":{"code":"INVALID"}}],"data":null}`},
	} {
		if status, got := s.post(c.path, c.body, headers...); status != c.status || got != c.answer {
			t.Errorf("%s: %d %s", c.name, status, got)
		}
	}
	for kind, status := range map[string]int{
		"application/json; charset=utf-8": 200, "application/x-www-form-urlencoded": 415, "text/plain": 415, "application/graphql": 415, "": 415,
		"multipart/form-data; boundary=x": 415,
	} {
		if got, _ := s.post("/graphql", query, with("Authorization", "Bearer "+secret), with("Content-Type", kind)); got != status {
			t.Errorf("Content-Type %q: %d, want %d", kind, got, status)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, "PROPFIND"} {
		if status, _ := s.send(method, "/graphql?query={meta{version}}", "", headers...); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, status)
		}
	}
}

// TestAwayAndBack: without the database nobody is told anything else than to come
// again.
func TestAwayAndBack(t *testing.T) {
	each(t, func(s *site) {
		_, headers := s.boss()
		if status, answer := s.send(http.MethodGet, "/api/v1/status", ""); status != 200 || answer != `{"status":"OK","version":"1.204.0--latchkey-1.2.3"}` {
			s.t.Errorf("%d %s", status, answer)
		}
		health := fmt.Sprintf(`{"status":"OK","statusMessage":"All is well.","uptime":"0s","version":"1.204.0--latchkey-1.2.3",` +
			`"oks":[{"name":"database","status":"OK","statusMessage":"The database answers."}],"warnings":[],"down":[]}`)
		if status, answer := s.send(http.MethodGet, "/prefix/api/v1/health-json", ""); status != 200 || answer != health {
			s.t.Errorf("%d %s", status, answer)
		}
		s.must(s.st.Close())
		for _, body := range []string{`{"query":"{meta{version}}"}`, `{"query":"{tokens(sortBy:Name){totalResults}}"}`} {
			r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/graphql", strings.NewReader(body))
			s.must(err)
			for _, edit := range headers {
				edit(r)
			}
			response, err := http.DefaultClient.Do(r)
			s.must(err)
			_ = response.Body.Close()
			if response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
				s.t.Errorf("%s: %d, Retry-After %q", body, response.StatusCode, response.Header.Get("Retry-After"))
			}
		}
		if status, answer := s.send(http.MethodGet, "/api/v1/status", ""); status != 503 || !strings.Contains(answer, `"status":"DOWN"`) {
			s.t.Errorf("%d %s", status, answer)
		}
	})
}

// TestOneCallerStarvesNoOther: who sends more than is taken from one caller is
// refused at once and told when to come again, and others are answered.
func TestOneCallerStarvesNoOther(t *testing.T) {
	s := newSQLiteSite(t)
	_, busy := s.boss()
	_, other := s.token(console.TypeSystem, "other", "ChangeSystemPermissions")
	const taken, sent, query = 24, 30, `{"query":"{meta{version}}"}`
	answers, finish := make(chan *http.Response, sent), make(chan struct{})
	for range sent {
		body, slow := io.Pipe()
		go func() {
			_, _ = io.WriteString(slow, query[:5]) // who is refused reads nothing
			<-finish
			_, _ = io.WriteString(slow, query[5:])
			_ = slow.Close()
		}()
		go func() {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql", body)
			for _, edit := range busy {
				edit(r)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				response = &http.Response{Status: err.Error(), Body: http.NoBody}
			}
			answers <- response
		}()
	}
	next := func(status int, again string) {
		t.Helper()
		response := <-answers
		_ = response.Body.Close()
		if response.StatusCode != status || response.Header.Get("Retry-After") != again {
			t.Errorf("%s, Retry-After %q; want %d, %q", response.Status, response.Header.Get("Retry-After"), status, again)
		}
	}
	for range sent - taken {
		next(http.StatusTooManyRequests, "1")
	}
	if got := s.ask(other, document{Query: "{viewer{username}}"}); got != `{"data":{"viewer":{"username":"other"}}}` {
		t.Errorf("another caller is answered %s", got)
	}
	close(finish)
	for range taken {
		next(http.StatusOK, "")
	}
}
