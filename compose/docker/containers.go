package docker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"kconsole/compose"
)

// The labels by which compose marks what it makes.
const (
	projectLabel = "com.docker.compose.project"
	serviceLabel = "com.docker.compose.service"
	oneOffLabel  = "com.docker.compose.oneoff"
)

const (
	stopSeconds = 30               // for a broker to hand its leaderships over
	engineLimit = 30 * time.Second // for one answer of the engine, on a machine that is busy
)

func httpClient(trans *http.Transport) *http.Client { return &http.Client{Transport: trans} }

func ofProject(project string) client.Filters {
	return make(client.Filters).Add("label", projectLabel+"="+project)
}

// containers are a project's, by service, running or not.
func (e *engine) containers(ctx context.Context, project string) (map[string]container.InspectResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	list, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ofProject(project)})
	if err != nil {
		return nil, e.explain("listing containers", err)
	}
	all := make(map[string]container.InspectResponse, len(list.Items))
	for _, c := range list.Items {
		if strings.EqualFold(c.Labels[oneOffLabel], "true") {
			continue // of docker compose run
		}
		one, err := e.api.ContainerInspect(ctx, c.ID, client.ContainerInspectOptions{})
		if errdefs.IsNotFound(err) {
			continue // removed just now
		}
		if err != nil {
			return nil, e.explain("looking at a container", err)
		}
		all[c.Labels[serviceLabel]] = one.Container
	}
	return all, nil
}

// find is one service's container; its ID is empty where there is none.
func (e *engine) find(ctx context.Context, project, service string) (container.InspectResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	filters := ofProject(project).Add("label", serviceLabel+"="+service)
	list, err := e.api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		return container.InspectResponse{}, e.explain("looking for "+service, err)
	}
	for _, c := range list.Items {
		if strings.EqualFold(c.Labels[oneOffLabel], "true") {
			continue
		}
		one, err := e.api.ContainerInspect(ctx, c.ID, client.ContainerInspectOptions{})
		if errdefs.IsNotFound(err) {
			continue
		}
		if err != nil {
			return container.InspectResponse{}, e.explain("looking at "+service, err)
		}
		return one.Container, nil
	}
	return container.InspectResponse{}, nil
}

// stateOf is a container's state as a broker's.
func stateOf(c container.InspectResponse) compose.State {
	switch {
	case c.ID == "" || c.State == nil:
		return compose.Stopped
	case c.State.Paused:
		return compose.Paused
	case c.State.Restarting:
		return compose.Starting
	case !c.State.Running:
		return compose.Stopped
	case c.State.Health != nil && c.State.Health.Status == container.Starting:
		return compose.Starting
	}
	return compose.Running
}

// sinceOf is when the state began. Engines do not tell when a container was
// paused; its last health check, which is not paused, was just before that.
func sinceOf(c container.InspectResponse) time.Time {
	if c.ID == "" || c.State == nil {
		return time.Time{}
	}
	at := c.State.StartedAt
	if stateOf(c) == compose.Stopped {
		at = c.State.FinishedAt
	}
	since, _ := time.Parse(time.RFC3339Nano, at)
	if c.State.Paused && c.State.Health != nil {
		for _, check := range c.State.Health.Log {
			if check.End.After(since) {
				since = check.End
			}
		}
	}
	return since
}

func (e *engine) start(ctx context.Context, id string) error {
	_, err := e.api.ContainerStart(ctx, id, client.ContainerStartOptions{})
	return e.explain("starting a container", err)
}

// stop asks a container to end and kills it after stopSeconds.
func (e *engine) stop(ctx context.Context, id string) error {
	seconds := stopSeconds
	_, err := e.api.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &seconds})
	return e.explain("stopping a container", err)
}

// kill ends a container at once. One that has ended already is no error.
func (e *engine) kill(ctx context.Context, id string) error {
	_, err := e.api.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "KILL"})
	if errdefs.IsConflict(err) { // it is not running
		err = nil
	}
	return e.explain("killing a container", err)
}

// pause and unpause: one that is so already is no error.
func (e *engine) pause(ctx context.Context, id string) error {
	_, err := e.api.ContainerPause(ctx, id, client.ContainerPauseOptions{})
	return e.settled(ctx, id, "pausing a container", true, err)
}

func (e *engine) unpause(ctx context.Context, id string) error {
	_, err := e.api.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
	return e.settled(ctx, id, "letting a container go on", false, err)
}

// settled forgives an error if the container is paused, or not, as it shall be:
// engines have several errors for that.
func (e *engine) settled(ctx context.Context, id, what string, paused bool, err error) error {
	if err == nil {
		return nil
	}
	c, lookErr := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if lookErr == nil && c.Container.State.Running && c.Container.State.Paused == paused {
		return nil
	}
	return e.explain(what, err)
}

// lastWords is what a container said last.
func (e *engine) lastWords(ctx context.Context, id string) string {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	logs, err := e.api.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: "20"})
	if err != nil {
		return err.Error()
	}
	defer logs.Close()
	var text bytes.Buffer
	_, _ = stdcopy.StdCopy(&text, &text, io.LimitReader(logs, 64<<10))
	if line := lastLine(text.String()); line != "" {
		return line
	}
	return "it said nothing"
}

// remove ends and removes a project's containers and networks, brokers first,
// while the controller can still move their leaderships; with data also its
// volumes.
func (e *engine) remove(ctx context.Context, project string, data bool) error {
	all, err := e.containers(ctx, project)
	if err != nil {
		return err
	}
	waves := [2][]string{}
	for service, c := range all {
		wave := 1
		if strings.HasPrefix(service, "kafka-") || strings.HasSuffix(service, "registry") {
			wave = 0
		}
		waves[wave] = append(waves[wave], c.ID)
	}
	for _, ids := range waves {
		err = errors.Join(err, atOnce(ids, func(id string) error {
			if !data { // what is deleted anyway needs no good order
				if err := e.stop(ctx, id); err != nil && !errdefs.IsNotFound(err) {
					return err
				}
			}
			_, err := e.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
			return e.gone("removing a container", err)
		}))
	}
	networks, listErr := e.api.NetworkList(ctx, client.NetworkListOptions{Filters: ofProject(project)})
	err = errors.Join(err, e.explain("listing networks", listErr))
	for _, n := range networks.Items {
		_, removeErr := e.api.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		err = errors.Join(err, e.gone("removing a network", removeErr))
	}
	if !data {
		return err
	}
	volumes, listErr := e.api.VolumeList(ctx, client.VolumeListOptions{Filters: ofProject(project)})
	err = errors.Join(err, e.explain("listing volumes", listErr))
	for _, v := range volumes.Items {
		_, removeErr := e.api.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{})
		err = errors.Join(err, e.gone("removing a volume", removeErr))
	}
	return err
}

// atOnce does something with each of several things, side by side.
func atOnce(ids []string, do func(id string) error) error {
	errs := make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() { errs[i] = do(id) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// gone is explain, for something that may be gone already.
func (e *engine) gone(what string, err error) error {
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) && strings.Contains(err.Error(), "already in progress") {
		return nil
	}
	return e.explain(what, err)
}

// explain makes an engine's error one line that says what failed.
func (e *engine) explain(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case client.IsErrConnectionFailed(err):
		return fmt.Errorf("%s: %w at %s", what, ErrNoEngine, e.host)
	}
	return fmt.Errorf("%s: %w", what, err)
}
