package web

import (
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/labstack/echo/v4"
)

// usual is the priority of all threads, as the system call tells it, before the first
// of them goes behind: that may be the one that the process is named after.
var usual, errUsual = syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Getpid())

// TestPagesGoBehind verification, on threads that the system lets wait, but for what
// only waits itself.
func TestPagesGoBehind(t *testing.T) {
	s := &Server{}
	if errUsual != nil {
		t.Fatal(errUsual)
	}
	for path, behind := range map[string]bool{"/tokens": true, "/tokens.csv": true, "/jobs/:guid/events": false} {
		c := echo.New().NewContext(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), httptest.NewRecorder())
		c.SetPath(path)
		err := s.takeTurn(make(chan struct{}, 1))(func(echo.Context) error {
			now, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
			if (now < usual) != behind { // as the system call tells it
				t.Errorf("%s is made with priority %d, others with %d", path, now, usual)
			}
			return err
		})(c)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
