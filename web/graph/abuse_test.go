package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/internal/console"
)

// TestHostileDocumentsAreRefused: each of these is answered with one error and
// nothing else, and is no work.
func TestHostileDocumentsAreRefused(t *testing.T) {
	s := newSQLiteSite(t)
	secret, _ := s.boss()
	repeat := func(n int, line func(int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(line(i))
		}
		return b.String()
	}
	deep := func(n int) string {
		return "{__schema{types" + strings.Repeat("{fields{type{ofType", n) + "{name}" + strings.Repeat("}}}", n) + "}}"
	}
	bomb := "{tokens(sortBy:Name){results{...f0}}}" +
		repeat(20, func(i int) string { return fmt.Sprintf("fragment f%d on Token{...f%d ...f%[2]d ...f%[2]d}", i, i+1) }) + "fragment f20 on Token{id name}"
	for name, query := range map[string]string{
		"types of types of types":      circles(6),
		"depth of the schema":          deep(20),
		"aliases":                      "{" + repeat(51, func(i int) string { return fmt.Sprintf("a%d:meta{version} ", i) }) + "}",
		"aliases in a fragment":        "{...f} fragment f on Query{" + repeat(51, func(i int) string { return fmt.Sprintf("a%d:meta{version} ", i) }) + "}",
		"aliases behind a block":       `{tokens(sortBy:Name,searchFilter:"""\"""){totalResults}` + repeat(51, func(i int) string { return fmt.Sprintf("a%d:meta{version} ", i) }) + "}",
		"10,000 fields in no language": "{meta{" + strings.Repeat("é ", 10_000) + "}}",
		"10,000 fields":                "{meta{" + strings.Repeat("version ", 10_000) + "}}",
		"10,000 fields without spaces": "{viewer{" + repeat(10_000, func(i int) string { return "id,name," }) + "}}",
		"10,000 directives":            "{meta{version" + strings.Repeat("@skip(if:false)", 10_000) + "}}",
		"a circle of fragments":        "{...a} fragment a on Query{...b} fragment b on Query{...c} fragment c on Query{...a}",
		"a fragment in itself":         "{tokens(sortBy:Name){results{...a}}} fragment a on Token{id ...a}",
		"a bomb of fragments":          bomb,
		"10,000 nested braces":         strings.Repeat("{a", 10_000) + strings.Repeat("}", 10_000),
		"10,000 nested lists":          `{tokens(sortBy:Name,typeFilter:` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `){totalResults}}`,
		"too many rows":                "{" + repeat(3, func(i int) string { return fmt.Sprintf("a%d:tokens(sortBy:Name,limit:10000){results{id}} ", i) }) + "}",
		"a limit beyond the limit":     "{tokens(sortBy:Name,limit:10001){results{id}}}",
		"a negative skip":              "{tokens(sortBy:Name,skip:-1){results{id}}}",
		"a search beyond all names":    `{tokens(sortBy:Name,searchFilter:"` + strings.Repeat("x", 1001) + `"){totalResults}}`,
		"a search for people":          `{users(search:"` + strings.Repeat("x ", 400_000) + `"){id}}`,
		"30,000 places to look at":     `{tokens(sortBy:Name,parentEntityIdFilter:[` + strings.Repeat(`"x",`, 30_000) + `]){totalResults}}`,
		"an endless text":              `{tokens(sortBy:Name,searchFilter:"` + strings.Repeat("x", 100),
		"an endless block":             `{tokens(sortBy:Name,searchFilter:"""` + strings.Repeat("x", 100),
		"a number that is none":        "{tokens(sortBy:Name,limit:99999999999999999999999){results{id}}}",
		"a subscription":               "subscription{meta{version}}",
		"what is not there":            "{secrets{hash}}",
	} {
		answer := s.ask(secret, document{Query: query})
		if !strings.HasPrefix(answer, `{"errors":[{`) || !strings.HasSuffix(answer, `"data":null}`) {
			t.Errorf("%s is answered: %.300s", name, answer)
		}
		if len(answer) > 100_000 {
			t.Errorf("%s is answered by %d bytes: %.300s", name, len(answer), answer)
		}
	}
	if log := s.log.String(); log != "" {
		t.Errorf("some of them are our fault: %.2000s", log)
	}
	// And it lives.
	if got := s.ask(secret, document{Query: "{viewer{username}}"}); got != `{"data":{"viewer":{"username":"boss"}}}` {
		t.Error(got)
	}
}

// TestClientsCanAskForTheSchema: the usual question about the whole schema is
// within the limits.
func TestClientsCanAskForTheSchema(t *testing.T) {
	s := newSQLiteSite(t)
	secret, _ := s.boss()
	answer := s.ask(secret, document{Query: `query IntrospectionQuery{__schema{queryType{name}mutationType{name}subscriptionType{name}types{...FullType}directives{name description locations args{...InputValue}}}}
fragment FullType on __Type{kind name description fields(includeDeprecated:true){name description args{...InputValue}type{...TypeRef}isDeprecated deprecationReason}
inputFields{...InputValue}interfaces{...TypeRef}enumValues(includeDeprecated:true){name description isDeprecated deprecationReason}possibleTypes{...TypeRef}}
fragment InputValue on __InputValue{name description type{...TypeRef}defaultValue}
fragment TypeRef on __Type{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name ofType{kind name}}}}}}}}`})
	if strings.Contains(answer, `"errors"`) || !strings.Contains(answer, `"Tokens__Type"`) {
		t.Errorf("%.500s", answer)
	}
	// In circles it is not.
	if answer := s.ask(secret, document{Query: circles(6)}); !strings.Contains(answer, "This asks for too much at once.") {
		t.Errorf("%.500s", answer)
	}
}

// TestSecretsAreNowhere: a canary in every place for a text is in no log, and a
// token string that somebody searches for is not looked for as a name.
func TestSecretsAreNowhere(t *testing.T) {
	s := newSQLiteSite(t)
	secret, _ := s.boss()
	token, canary := s.token(console.TypeSystem, "canary", "ReadHealthCheck")
	for _, query := range []string{
		`query($s:String){tokens(sortBy:Name,searchFilter:$s){results{id}}}`, `query($s:String!){token(tokenId:$s){id}}`, `query($s:String!){searchDomain(name:$s){id}}`,
	} {
		answer := s.ask(secret, document{Query: query, Variables: map[string]any{"s": canary}})
		if strings.Contains(answer, "~lk_") {
			t.Error(answer)
		}
		if strings.Contains(query, "searchFilter") && !strings.Contains(answer, string(token.GUID)) {
			t.Errorf("a token string does not find its token: %s", answer)
		}
	}
	if strings.Contains(s.log.String(), "~lk_") {
		t.Error(s.log.String())
	}
}

// circles is a question about the types that implement what the types implement
// that implement it, and so on.
func circles(n int) string {
	return `{__schema{types{` + strings.Repeat(`interfaces{possibleTypes{`, n) + `name kind description` + strings.Repeat(`}}`, n) + `}}}`
}

// TestStrangersAreLimited by their network, those with what cannot be a token even
// while the database is away, and who has a good one from there is not.
func TestStrangersAreLimited(t *testing.T) {
	each(t, func(s *site) {
		secret, _ := s.boss()
		flood := func(credential string) {
			limited := 0
			for range 100 {
				status, answer := s.post("/graphql", `{"query":"{meta{version}}"}`, with("Authorization", credential))
				switch {
				case status == http.StatusTooManyRequests:
					limited++
				case status != http.StatusUnauthorized || answer != invalid:
					t.Fatalf("a stranger is answered: %d %s", status, answer)
				}
			}
			if limited != 40 {
				t.Errorf("%d of 100 are limited", limited)
			}
		}
		flood("Bearer " + console.NewSecret(console.NewGUID()).Reveal())
		if answer := s.ask(secret, document{Query: "{meta{version}}"}); strings.Contains(answer, "errors") {
			t.Errorf("a good token from there: %s", answer)
		}
		s.must(s.st.Close())
		for _, credential := range []string{"", "Bearer " + secret[:len(secret)-1] + "!"} {
			s.now = s.now.Add(time.Minute)
			flood(credential)
		}
	})
}
