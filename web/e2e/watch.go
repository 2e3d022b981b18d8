//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watch knows from a tab's events what it is loading and what went wrong.
type watch struct {
	mu       sync.Mutex
	ctx      context.Context
	loading  bool
	requests map[network.RequestID]*network.EventRequestWillBeSent
	problems []string
	allowed  []string
	dialogs  []string
}

func newWatch() *watch {
	return &watch{requests: map[network.RequestID]*network.EventRequestWillBeSent{}}
}

// attach tells how to answer the tab's dialogs.
func (w *watch) attach(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx = ctx
}

// event is called for one event after the other and may not wait.
func (w *watch) event(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.exception(e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.problem("console: %s", arguments(e.Args))
		}
	case *log.EventEntryAdded:
		w.entry(e.Entry)
	case *inspector.EventTargetCrashed:
		w.problem("the tab crashed")
	case *page.EventJavascriptDialogOpening:
		w.dialogs = append(w.dialogs, e.Message)
		go call(w.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
	case *page.EventFrameStartedLoading:
		w.loading = true
	case *page.EventFrameStoppedLoading:
		w.loading = false
	case *page.EventFrameNavigated:
		w.navigated(e.Frame)
	case *network.EventRequestWillBeSent:
		if counts(e.Type) {
			w.requests[e.RequestID] = e
		}
	case *network.EventResponseReceived:
		w.response(e)
	case *network.EventLoadingFinished:
		delete(w.requests, e.RequestID)
	case *network.EventLoadingFailed:
		w.failed(e)
	}
}

func (w *watch) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

func (w *watch) exception(e *runtime.ExceptionDetails) {
	text := e.Text
	if e.Exception != nil {
		text += " " + e.Exception.Description
	}
	w.problem("script: %s (%s:%d)", text, e.URL, e.LineNumber+1)
}

// entry looks at the browser's own complaints. Those about the network are left
// to response and failed, which know what was being loaded.
func (w *watch) entry(e *log.Entry) {
	if e.Source == log.EntrySourceNetwork || (e.Level != log.EntryLevelError && e.Source != log.EntrySourceSecurity) {
		return
	}
	w.problem("%s: %s (%s:%d)", e.Source, e.Text, e.URL, e.LineNumber+1)
}

// response takes 4xx as an answer like any other to what a person asks for, and
// as a mistake where the page asks for its own parts.
func (w *watch) response(e *network.EventResponseReceived) {
	asked := e.Type == network.ResourceTypeDocument || e.Type == network.ResourceTypeXHR || e.Type == network.ResourceTypeFetch
	if e.Response.Status >= 500 || (e.Response.Status >= 400 && !asked) {
		w.problem("network: status %d for %s %s", e.Response.Status, e.Type, e.Response.URL)
	}
}

func (w *watch) failed(e *network.EventLoadingFailed) {
	if !e.Canceled && e.ErrorText != "net::ERR_ABORTED" {
		address := "?"
		if request := w.requests[e.RequestID]; request != nil {
			address = request.Request.URL
		}
		w.problem("network: %s %s for %s %s", e.ErrorText, e.BlockedReason, e.Type, address)
	}
	delete(w.requests, e.RequestID)
}

// navigated forgets what the page before was loading: that may never be
// reported as ended.
func (w *watch) navigated(frame *cdp.Frame) {
	if frame.ParentID != "" {
		return
	}
	for id, request := range w.requests {
		if request.LoaderID != frame.LoaderID {
			delete(w.requests, id)
		}
	}
}

// counts reports whether a page is not ready before such a request has ended.
func counts(t network.ResourceType) bool {
	switch t {
	case network.ResourceTypeEventSource, network.ResourceTypeWebSocket, network.ResourceTypePing, network.ResourceTypePrefetch:
		return false
	}
	return true
}

func (w *watch) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.loading || len(w.requests) > 0
}

func arguments(args []*runtime.RemoteObject) string {
	var texts []string
	for _, arg := range args {
		if arg.Description != "" {
			texts = append(texts, arg.Description)
		} else {
			texts = append(texts, string(arg.Value))
		}
	}
	return strings.Join(texts, " ")
}

// Allow lets the test pass although the browser reports something that contains
// one of texts, before or after this call.
func (p *Page) Allow(texts ...string) {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.allowed = append(p.watch.allowed, texts...)
}

// ConsoleErrors returns what the browser has reported so far and Allow does not
// excuse: errors of scripts, violations of the content security policy,
// answers of 500 and more, parts of a page that could not be loaded.
func (p *Page) ConsoleErrors() []string {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.watch.problems), func(problem string) bool {
		return slices.ContainsFunc(p.watch.allowed, func(text string) bool { return strings.Contains(problem, text) })
	})
}

// Dialogs returns the texts of the alert, confirm, prompt and leave-this-page
// dialogs so far. All were accepted.
func (p *Page) Dialogs() []string {
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	return slices.Clone(p.watch.dialogs)
}
