package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// load is what was measured of a server.
type load struct {
	answers int
	took    time.Duration
	// cpu is the processor time of this process meanwhile.
	cpu time.Duration
	// allocations is how much it allocated, in objects.
	allocations uint64
	p50, p99    time.Duration
}

func (l load) rate() float64 { return float64(l.answers) / l.took.Seconds() }

// cost is the processor time of one answer, its question included, in
// microseconds.
func (l load) cost() float64 { return l.cpu.Seconds() * 1e6 / float64(l.answers) }

// allocated is how many objects this process ever made.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// generate asks a server the questions in no order, one after the other on each
// connection, for so long. It does as little as a client can, so that what is
// measured is the server, and wants 200 for an answer.
func generate(ctx context.Context, base string, questions [][]byte, connections int, duration time.Duration) (load, error) {
	ctx, cancel := context.WithTimeout(ctx, duration+10*time.Second)
	defer cancel()
	times := make([][]time.Duration, max(1, connections))
	failures := make([]error, len(times))
	var clients sync.WaitGroup
	before, objects := processorTime(), allocated()
	start := time.Now()
	for i := range times {
		clients.Go(func() {
			times[i], failures[i] = ask(ctx, strings.TrimPrefix(base, "http://"), questions, i*len(questions)/len(times), 0, start.Add(duration))
		})
	}
	clients.Wait()
	took, cpu, allocations := time.Since(start), processorTime()-before, allocated()-objects
	var all []time.Duration
	for _, some := range times {
		all = append(all, some...)
	}
	if err := errors.Join(failures...); err != nil || len(all) == 0 {
		return load{}, errors.Join(err, ctx.Err())
	}
	return load{answers: len(all), took: took, cpu: cpu, allocations: allocations, p50: percentile(all, .5), p99: percentile(all, .99)}, nil
}

// ask is one connection's part. It goes through the questions in steps of a
// prime number, from a place of its own, and pauses after each answer. It ends
// with ctx, too.
func ask(ctx context.Context, address string, questions [][]byte, at int, pause time.Duration, until time.Time) ([]time.Duration, error) {
	asker, err := newAsker(ctx, address)
	if err != nil {
		return nil, err
	}
	defer asker.close()
	times := make([]time.Duration, 0, 1<<17)
	for begun := time.Now(); begun.Before(until) && ctx.Err() == nil; {
		at = (at + 7919) % len(questions)
		if err := asker.ask(questions[at]); err != nil {
			return nil, err
		}
		now := time.Now()
		times = append(times, now.Sub(begun))
		if begun = now; pause > 0 {
			time.Sleep(pause)
			begun = time.Now()
		}
	}
	return times, nil
}

// asker asks over one connection, and does as little as a client can.
type asker struct {
	conn   net.Conn
	buffer []byte
}

// newAsker returns one that has until the deadline of ctx, if it has one.
func newAsker(ctx context.Context, address string) (*asker, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	return &asker{conn: conn, buffer: make([]byte, 1<<20)}, conn.SetDeadline(deadline)
}

// ask asks and reads the answer to its end.
func (a *asker) ask(question []byte) error {
	if _, err := a.conn.Write(question); err != nil {
		return err
	}
	_, err := readAnswer(a.conn, a.buffer)
	return err
}

func (a *asker) close() { _ = a.conn.Close() }

var errAnswer = errors.New("the answer was")

var (
	headerEnd     = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
)

// readAnswer reads one answer of a known length into the buffer and returns its
// body.
func readAnswer(conn io.Reader, buffer []byte) ([]byte, error) {
	n, end, length := 0, -1, 0
	for end < 0 || n < end+length {
		read, err := conn.Read(buffer[n:])
		if err != nil {
			return nil, err
		}
		n += read
		if end >= 0 {
			continue
		}
		if end = bytes.Index(buffer[:n], headerEnd); end < 0 {
			continue
		}
		header := buffer[:end]
		end += len(headerEnd)
		if !bytes.HasPrefix(header, []byte("HTTP/1.1 200 ")) {
			line, _, _ := bytes.Cut(header, []byte("\r"))
			return nil, fmt.Errorf("%w %q", errAnswer, line)
		}
		at := bytes.Index(header, contentLength)
		if at < 0 {
			return nil, errors.New("the answer does not say how long it is")
		}
		digits, _, _ := bytes.Cut(header[at+len(contentLength):], []byte("\r"))
		if length, err = strconv.Atoi(string(digits)); err != nil || end+length > len(buffer) {
			return nil, errors.New("the answer is too long")
		}
	}
	return buffer[end : end+length], nil
}

// firstAnswer asks one question, and returns the answer without what net/http
// adds to every answer.
func firstAnswer(ctx context.Context, base string, question []byte) (http.Header, []byte, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write(question); err != nil {
		return nil, nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(answer.Body)
	for _, added := range []string{"Date", "Content-Length", "Content-Type"} {
		answer.Header.Del(added)
	}
	return answer.Header, body, errors.Join(err, answer.Body.Close())
}
