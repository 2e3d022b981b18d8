package cores

import "time"

// niceness is by how much a thread that goes behind is nicer: it has a third of the
// time that another one gets beside it.
const niceness = 5

// behindAtOnce is how many threads go behind at most. What comes to more is done
// as if nobody had asked for it, so that threads stay few while answers are slow.
const behindAtOnce = 32

// behindAfter is how long such a thread waits for more to do.
const behindAfter = 5 * time.Second

// A task is what is done behind. done gets what came of it.
type task struct {
	do   func() error
	done chan outcome
}

// An outcome is an error, or what a panic was of.
type outcome struct {
	err   error
	panic any
}

func (t task) run() {
	var o outcome
	defer func() {
		o.panic = recover()
		t.done <- o
	}()
	o.err = t.do()
}

var (
	behind  = make(chan task)
	threads = make(chan struct{}, behindAtOnce)
)

// Behind does what takes long: on a thread that the system lets go behind others of
// this process, so that what takes little never waits for it. It returns once that
// is done, with its error, and panics as it does. Systems other than Linux treat all
// threads alike.
func Behind(do func() error) error {
	t := task{do: do, done: make(chan outcome, 1)}
	select {
	case behind <- t:
	default:
		select {
		case threads <- struct{}{}:
			go workBehind(t)
		default:
			t.run()
		}
	}
	o := <-t.done
	if o.panic != nil {
		panic(o.panic)
	}
	return o.err
}

// GoBehind has the goroutine that calls it go behind until it ends, and returns what
// it calls then. With as many as may there already, it does nothing.
func GoBehind() (end func()) { return goBehind(niceness) }

// GoLast is GoBehind for what nobody waits for: it goes behind what goes behind, too.
func GoLast() (end func()) { return goBehind(2 * niceness) }

func goBehind(by int) (end func()) {
	select {
	case threads <- struct{}{}:
		stayBehind(by)
		return func() { <-threads }
	default:
		return func() {}
	}
}

// workBehind runs the task, and then others for as long as they come.
func workBehind(t task) {
	defer func() { <-threads }()
	stayBehind(niceness)
	for more := true; more; {
		t.run()
		select {
		case t = <-behind:
		case <-time.After(behindAfter):
			more = false
		}
	}
}
