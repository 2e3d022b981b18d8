package gate

import (
	"encoding/json"
	"testing"

	"latchkey/internal/console"
)

// TestTheAnswerIsJSON compares it with what the library writes.
func TestTheAnswerIsJSON(t *testing.T) {
	end, begin := int64(1795307468), int64(0)
	for _, text := range []string{"", "plain", `a "quoted" \ one`, "<b>&", "Zürich 日本", "\x00\n\u2028", "\xff", "~ "} {
		for _, answer := range []introspection{
			{},
			{Active: true, Scope: text, ClientID: console.GUID(text), Username: text, TokenType: text, Subject: console.GUID(text), Issuer: text},
			{Expires: &end, IssuedAt: &begin, NotBefore: &end, Audience: []string{text}},
			{Audience: []string{text, "web-logs", text}},
		} {
			want, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			if got := answer.json(); string(got) != string(want) {
				t.Errorf("it is\n%s, want\n%s", got, want)
			}
		}
	}
}
