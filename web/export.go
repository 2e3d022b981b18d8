package web

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

const (
	// exportsAtOnce is how many exports run at a time, so that they leave the
	// database to those who work with it.
	exportsAtOnce = 4
	// exportsOfOne is how many of them one person may have.
	exportsOfOne = 2
	// exportPause is how long an export may go without anything being read of
	// it or found for it.
	exportPause = 30 * time.Second
	// exportBuffer is how much is sent at once.
	exportBuffer = 32 << 10
)

// exportTypes are the media types of the formats.
var exportTypes = map[console.ExportFormat]string{
	console.ExportCSV:   "text/csv; charset=utf-8; header=present",
	console.ExportJSONL: "application/jsonl; charset=utf-8",
}

// exportFormat is the one that a route's name ends with, empty for other routes.
func exportFormat(c echo.Context) console.ExportFormat {
	format := console.ExportFormat(strings.TrimPrefix(path.Ext(c.Path()), "."))
	if !slices.Contains(console.ExportFormats, format) {
		return ""
	}
	return format
}

// A file is what an export is called and begins with.
type file struct {
	name   string
	format console.ExportFormat
	head   []byte
	// kept is whether what a line tells is nowhere else, so that each is on its
	// way before the next one is made.
	kept bool
}

// export answers with a line for each thing that is visited, however many there
// are, in constant memory.
func export[T any](s *Server, c echo.Context, f file, line func(T) ([]byte, error), each func(ctx context.Context, visit func(T) error) error) error {
	leave, free := s.exports.take(actor(c).GUID)
	if !free {
		return console.Limited("Several exports are running already.", 10*time.Second)
	}
	defer leave()
	c.Response().Header().Set(echo.HeaderContentType, exportTypes[f.format])
	c.Response().Header().Set(echo.HeaderContentDisposition,
		fmt.Sprintf(`attachment; filename="%s-%s.%s"`, f.name, s.svc.Now().UTC().Format(time.DateOnly), f.format))
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	return s.stream(c, f, func(ctx context.Context, write func([]byte) error) error {
		return each(ctx, func(thing T) error {
			text, err := line(thing)
			if err != nil {
				return err
			}
			return write(text)
		})
	})
}

// stream answers with what f begins with and what produce writes. Until the first bytes are
// on their way an error has its page; after that the connection is cut, so that
// nobody takes a part for the whole. Whoever does not read, or reads no more,
// ends it.
func (s *Server) stream(c echo.Context, f file, produce func(ctx context.Context, write func([]byte) error) error) error {
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	idle := time.AfterFunc(exportPause, cancel)
	defer idle.Stop()
	control := http.NewResponseController(c.Response())
	to := bufio.NewWriterSize(sender(func(part []byte) (int, error) {
		pause, stop := context.WithTimeout(ctx, exportPause)
		defer stop()
		until, _ := pause.Deadline()
		if err := control.SetWriteDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
		idle.Reset(exportPause)
		n, err := c.Response().Write(part)
		return n, cmp.Or(err, control.Flush())
	}), exportBuffer)
	write := func(line []byte) error {
		_, err := to.Write(line)
		if f.kept {
			err = cmp.Or(err, to.Flush())
		}
		return err
	}
	_, err := to.Write(f.head)
	if err == nil {
		err = produce(ctx, write)
	}
	if err == nil {
		err = to.Flush()
	}
	switch {
	case err == nil:
		return nil
	case !c.Response().Committed:
		c.Response().Header().Del(echo.HeaderContentDisposition)
		c.Response().Header().Del(echo.HeaderContentType)
		if ctx.Err() != nil && c.Request().Context().Err() == nil {
			return console.Unavailable(err) // it took too long to find anything
		}
		return err
	case c.Request().Context().Err() == nil:
		s.log(c, http.StatusInternalServerError, err)
	}
	panic(http.ErrAbortHandler)
}

// sender is a function that writes.
type sender func([]byte) (int, error)

func (s sender) Write(part []byte) (int, error) { return s(part) }
