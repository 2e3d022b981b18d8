package web_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// BenchmarkTokenPage is what the first page of a list costs that was looked at before,
// without the connection, on SQLite.
func BenchmarkTokenPage(b *testing.B) {
	site := webtest.New(b, storetest.Open(b, storetest.SQLite(b)))
	owner := site.User("Jane Doe", console.RoleOwner)
	if err := site.Service.FillSynthetic(b.Context(), console.System("test"), 1000); err != nil {
		b.Fatal(err)
	}
	cookie := site.SignedIn(owner).Cookie("latchkey")
	question := httptest.NewRequestWithContext(b.Context(), http.MethodGet, site.URL+"/tokens?status=active", nil)
	question.AddCookie(&http.Cookie{Name: "latchkey", Value: cookie})
	var page bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		page.Reset()
		answer := httptest.NewRecorder()
		answer.Body = &page
		if site.Server.Handler().ServeHTTP(answer, question); answer.Code != http.StatusOK {
			b.Fatal(answer.Code)
		}
	}
}
