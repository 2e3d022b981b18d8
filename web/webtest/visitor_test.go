package webtest

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/store/storetest"
	"latchkey/web"
)

// TestAnAnswerIsOverWithWhatFollowsIt: what is counted and logged after an answer
// was sent is there when a visitor has it.
func TestAnAnswerIsOverWithWhatFollowsIt(t *testing.T) {
	var over atomic.Int64
	site := New(t, storetest.Open(t, storetest.SQLite(t)), func(o *web.Options) {
		o.Gate = map[string]echo.HandlerFunc{"/gate": func(c echo.Context) error {
			defer over.Add(1)
			c.Response().Header().Set(echo.HeaderContentLength, "6")
			err := c.String(http.StatusOK, "answer")
			c.Response().Flush()
			time.Sleep(20 * time.Millisecond)
			return err
		}}
	})
	v := site.Visitor()
	for asked := range 3 {
		v.Post("/gate", nil).Want(http.StatusOK)
		if got := over.Load(); got != int64(asked+1) {
			t.Errorf("after answer %d, %d are over", asked+1, got)
		}
	}
}
