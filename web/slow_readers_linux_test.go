package web_test

import (
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"latchkey/internal/store/storetest"
	"latchkey/web/webtest"
)

// usual is the priority of all threads, as the system call tells it, before the first
// of them goes behind: that may be the one that the process is named after.
var usual, errUsual = syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Getpid())

// A priorityRecorder records the priority of the thread that writes an answer.
type priorityRecorder struct {
	*httptest.ResponseRecorder
	written []int
}

func (w *priorityRecorder) Write(part []byte) (int, error) {
	priority, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
	w.written = append(w.written, priority)
	if err != nil {
		return 0, err
	}
	return w.ResponseRecorder.Write(part)
}

// TestSlowReadersHoldNobodyUp: of the few threads that go behind, none waits until
// somebody has read their page.
func TestSlowReadersHoldNobodyUp(t *testing.T) {
	if errUsual != nil {
		t.Fatal(errUsual)
	}
	site := webtest.New(t, storetest.Open(t, storetest.SQLite(t)))
	for path, status := range map[string]int{"/login": http.StatusOK, "/setup/none": http.StatusNotFound} {
		w := &priorityRecorder{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+path, nil)
		site.Server.Handler().ServeHTTP(w, r)
		if w.Code != status || len(w.written) != 1 || w.written[0] != usual {
			t.Errorf("%s: %d, written with the priorities %d, others with %d", path, w.Code, w.written, usual)
		}
	}
}
