"""Worker processes: pipelining, giving back, cancelling, draining, dying, and what the template does about it."""

import json
import os
import signal
import sys
import tempfile
import time
import unittest

from fake_gateway import PATIENCE, FakeGateway, environ
from postern_worker import frames


def ends(pid):
    """Waits until the process is gone, or is a zombie that only init has still to reap."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with open('/proc/%d/stat' % pid) as file:
                if file.read().rpartition(')')[2].split()[0] == 'Z':
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


class WorkerTest(unittest.TestCase):
    threads = 1
    module = 'slow'

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='postern-test-')
        self.gateway = FakeGateway(module=self.module, threads=self.threads)
        self.worker = self.gateway.fork()
        self.lane = self.worker.lanes[0]

    def tearDown(self):
        # Whatever still waits may go on.
        self.gateway.close()
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def wait_for(self, path):
        from apps.slow import wait_for

        wait_for(path)

    def start_slow(self, name='gate', path='/slow', more=''):
        """A request that runs until `release`."""
        gate = self.path(name)
        answer = self.lane.request(environ(path, query='wait=%s&touch=%s.begun%s' % (gate, gate, more)))
        self.wait_for(gate + '.begun')
        return answer

    def release(self, name='gate'):
        open(self.path(name), 'w').close()


class PipelineTest(WorkerTest):
    def test_answers_in_order_what_came_in_one_packet(self):
        packed = [self.lane.pack(environ('/n%d' % n)) for n in range(20)]
        self.lane.socket.sendall(b''.join(data for data, _ in packed))
        self.assertEqual([answer.wait().body for _, answer in packed], [b'/n%d' % n for n in range(20)])

    def test_reads_requests_that_arrive_byte_by_byte(self):
        data, answer = self.lane.pack(environ('/bytes'), b'body')
        for at in range(len(data)):
            self.lane.socket.sendall(data[at : at + 1])
        self.assertEqual(answer.wait().body, b'/bytes')

    def test_reads_a_request_larger_than_the_buffer(self):
        big = environ('/big', **{'HTTP_X_%d' % n: 'v' * 4000 for n in range(60)})
        data, answer = self.lane.pack(big, b'b' * 100000)
        small, after = self.lane.pack(environ('/after'))
        self.lane.socket.sendall(data + small)
        self.assertEqual(answer.wait().body, b'/big')
        self.assertEqual(after.wait().body, b'/after')

    def test_a_frame_over_the_limit_ends_the_worker(self):
        self.lane.socket.sendall(frames.pack_header(frames.FRAME_LIMIT + 1, 1, frames.REQUEST, 0, 0) + b'\0' * 4)
        self.assertEqual(self.gateway.channel.expect('exited')['code'], 70)
        self.assertIn('over the limit', self.gateway.log())

    def test_an_unknown_frame_ends_the_worker(self):
        self.lane.socket.sendall(frames.pack_header(0, 1, 99, 0, 0) + b'\0' * 8)
        self.assertEqual(self.gateway.channel.expect('exited')['code'], 70)

    def test_writes_the_id_into_the_started_file_before_the_call(self):
        self.lane.request(environ('/one')).wait()
        slow = self.start_slow()
        self.assertEqual(self.gateway.started(), (slow.id,))
        self.release()
        slow.wait()

    def test_tells_what_the_request_cost(self):
        answer = self.lane.request(environ('/x')).wait()
        self.assertGreaterEqual(answer.frames[-1][1] >> 3, 1)

    def test_ids_wrap(self):
        self.lane.last = 0xFFFFFFFE
        data, last = self.lane.pack(environ('/last'))
        self.lane.last = 0
        more, first = self.lane.pack(environ('/first'))
        self.lane.socket.sendall(data + more)
        self.assertEqual((last.wait().body, first.wait().body), (b'/last', b'/first'))


class GiveBackTest(WorkerTest):
    def test_gives_back_what_was_read_and_what_was_not(self):
        gate = self.path('gate')
        packed = [self.lane.pack(environ('/a')),
                  self.lane.pack(environ('/slow', query='wait=%s&touch=%s.begun' % (gate, gate))),
                  self.lane.pack(environ('/b')), self.lane.pack(environ('/c'))]  # fmt: skip
        self.lane.socket.sendall(b''.join(data for data, _ in packed))
        self.wait_for(gate + '.begun')
        late = self.lane.request(environ('/late'))
        self.worker.helm.tell({'give_back': 0})
        first, slow, *given = [answer for _, answer in packed]
        self.assertEqual(first.wait().body, b'/a')
        for answer in given + [late]:
            self.assertTrue(answer.wait().gave_back)
        self.release()
        self.assertEqual(slow.wait().body, b'/slow')
        self.assertEqual(self.lane.request(environ('/ran')).wait().body, b'/a /slow /ran')

    def test_an_idle_lane_gives_back_nothing_and_goes_on(self):
        self.worker.helm.tell({'give_back': 0})
        self.worker.helm.tell({'rss': True})
        self.assertGreater(self.worker.helm.expect('rss')['rss'], 1 << 20)
        self.assertEqual(self.lane.request(environ('/after')).wait().body, b'/after')

    def test_a_lane_that_does_not_exist_is_ignored(self):
        self.worker.helm.tell({'give_back': 7})
        self.worker.helm.tell({'cancel': 7, 'id': 1})
        self.assertEqual(self.lane.request(environ('/after')).wait().body, b'/after')

    def test_finished_responses_are_sent_while_the_next_one_runs(self):
        gate = self.path('gate')
        packed = [self.lane.pack(environ('/a')), self.lane.pack(environ('/slow', query='wait=%s&touch=%s.begun' % (gate, gate)))]
        self.lane.socket.sendall(b''.join(data for data, _ in packed))
        self.wait_for(gate + '.begun')
        self.worker.helm.tell({'give_back': 0})
        self.assertEqual(packed[0][1].wait().body, b'/a')
        self.release()
        packed[1][1].wait()

    def test_gives_back_by_the_helm_when_a_slow_client_blocks_the_lane(self):
        flood = self.lane.request(environ('/flood', query='size=%d' % (8 << 20)))
        flood.began.wait(PATIENCE)
        self.lane.paused.set()
        waiting = self.lane.request(environ('/waiting'))
        self.worker.helm.tell({'give_back': 0})
        said = self.worker.helm.expect('gave_back')
        self.assertEqual(said, {'gave_back': 0, 'ids': [waiting.id]})
        self.lane.paused.clear()
        self.assertEqual(len(flood.wait().body), 8 << 20)
        self.assertEqual(self.lane.request(environ('/ran')).wait().body, b'/flood /ran')
        self.assertEqual(waiting.frames, [])

    def test_gives_back_what_waits_behind_a_close_that_takes_long(self):
        gate = self.path('gate')
        answer = self.lane.request(environ('/close', query='wait=' + gate))
        self.assertEqual(answer.wait().body, b'done')
        self.wait_for(gate + '.closing')
        waiting = self.lane.request(environ('/waiting'))
        self.worker.helm.tell({'give_back': 0})
        self.assertTrue(waiting.wait().gave_back)
        self.release()

    def test_tells_when_close_is_over_once_it_was_slow(self):
        first = self.path('first')
        answer = self.lane.request(environ('/close', query='wait=' + first))
        self.wait_for(first + '.closing')
        self.lane.request(environ('/waiting'))
        time.sleep(0.003)
        self.release('first')
        self.assertEqual(answer.wait().frames[-1][1] & frames.AFTER, 0)
        second = self.path('second')
        answer = self.lane.request(environ('/close', query='wait=' + second)).wait()
        self.assertEqual(answer.frames[-1][1] & frames.AFTER, frames.AFTER)
        self.wait_for(second + '.closing')
        self.assertFalse(answer.closed.is_set())
        self.release('second')
        self.assertTrue(answer.closed.wait(PATIENCE))
        plain = self.lane.request(environ('/list')).wait()
        self.assertEqual(plain.frames[-1][1] & frames.AFTER, 0)


class CancelTest(WorkerTest):
    def test_a_waiting_request_is_given_back(self):
        slow = self.start_slow()
        packed = [self.lane.request(environ('/n%d' % n)) for n in range(3)]
        self.worker.helm.tell({'give_back': 0})
        for answer in packed:
            self.assertTrue(answer.wait().gave_back)
        self.release()
        slow.wait()

    def test_one_of_several_waiting_requests_is_given_back(self):
        gate = self.path('gate')
        packed = [self.lane.pack(environ('/slow', query='wait=%s&touch=%s.begun' % (gate, gate)))]
        packed += [self.lane.pack(environ('/n%d' % n)) for n in range(3)]
        self.lane.socket.sendall(b''.join(data for data, _ in packed))
        self.wait_for(gate + '.begun')
        answers = [answer for _, answer in packed]
        self.worker.helm.tell({'cancel': 0, 'id': answers[2].id})
        self.assertTrue(answers[2].wait().gave_back)
        self.release()
        self.assertEqual([answer.wait().body for answer in answers], [b'/slow', b'/n0', b'', b'/n2'])

    def test_a_running_stream_stops_at_its_next_chunk_and_is_closed(self):
        answer = self.lane.request(environ('/stream', query='wait=' + self.path('closed')))
        answer.began.wait(PATIENCE)
        self.worker.helm.tell({'cancel': 0, 'id': answer.id})
        self.assertEqual(answer.wait().aborted, 'the client left')
        self.wait_for(self.path('closed'))
        self.assertEqual(self.lane.request(environ('/after')).wait().body, b'/after')
        self.assertNotIn('Traceback', self.gateway.log())


class EndTest(WorkerTest):
    def test_drains_an_idle_worker(self):
        self.worker.helm.tell({'drain': True})
        ending = self.gateway.channel.expect('exited')
        self.assertEqual((ending['code'], ending['signal'], ending['pid']), (0, None, self.worker.pid))

    def test_drains_after_what_is_on_the_lane(self):
        slow = self.start_slow()
        waiting = self.lane.request(environ('/waiting'))
        self.worker.helm.tell({'drain': True})
        self.release()
        self.assertEqual((slow.wait().body, waiting.wait().body), (b'/slow', b'/waiting'))
        self.assertEqual(self.gateway.channel.expect('exited')['code'], 0)

    def test_drains_after_a_body_that_is_still_coming(self):
        gate = self.path('gate')
        answer = self.lane.request(
            environ('/slow', 'POST', query='wait=%s&touch=%s.begun' % (gate, gate)), stream=frames.BODY_STREAM
        )
        self.wait_for(gate + '.begun')
        self.worker.helm.tell({'drain': True})
        self.worker.helm.tell({'rss': True})
        self.worker.helm.expect('rss')
        self.lane.body(answer, b'late', end=True)
        self.release()
        self.assertEqual(answer.wait().body, b'/slow')
        self.assertEqual(self.gateway.channel.expect('exited')['code'], 0)

    def test_ends_at_once_with_its_helm_while_the_application_blocks(self):
        self.start_slow()
        self.worker.helm.socket.shutdown(2)
        self.assertEqual(self.gateway.channel.expect('exited')['code'], 0)

    def test_says_which_signal_killed_it(self):
        os.kill(self.worker.pid, signal.SIGKILL)
        self.assertEqual(self.gateway.channel.expect('exited')['signal'], 9)

    def test_says_with_which_code_it_left(self):
        self.lane.request(environ('/die'))
        self.assertEqual(self.gateway.channel.expect('exited')['code'], 9)

    def test_outlives_the_signals_of_a_service_manager(self):
        slow = self.start_slow()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            os.kill(self.worker.pid, number)
            os.kill(self.gateway.process.pid, number)
        self.release()
        self.assertEqual(slow.wait().body, b'/slow')
        self.assertIsNone(self.gateway.process.poll())

    def test_children_of_the_application_can_be_terminated(self):
        self.assertEqual(self.lane.request(environ('/fork')).wait().body, b'15')

    def test_the_template_leaves_its_workers_alone_when_told_to_quit(self):
        self.gateway.channel.tell({'quit': True})
        self.assertEqual(self.gateway.process.wait(PATIENCE), 0)
        self.assertEqual(self.lane.request(environ('/after')).wait().body, b'/after')

    def test_nothing_is_left_when_the_gateway_is_gone(self):
        self.start_slow()
        self.gateway.close()
        self.assertTrue(ends(self.worker.pid))

    def test_a_worker_stuck_without_its_helper_is_killed_when_the_gateway_is_gone(self):
        os.kill(self.worker.pid, signal.SIGSTOP)
        self.gateway.close()
        self.assertTrue(ends(self.worker.pid))

    def test_forks_several_workers(self):
        others = [self.gateway.fork(number) for number in (2, 3)]
        self.assertEqual(len({worker.pid for worker in others + [self.worker]}), 3)
        for worker in others:
            self.assertEqual(worker.lanes[0].request(environ('/w')).wait().body, b'/w')


class ProcessTest(unittest.TestCase):
    def facts(self, **options):
        with FakeGateway(module='slow', **options) as gateway:
            return gateway.fork().lanes[0].request(environ('/facts')).wait().body

    def test_environ_tells_how_many_threads_and_processes_there_are(self):
        self.assertEqual(self.facts(), b"(False, False, 'MainThread')")
        self.assertEqual(self.facts(threads=2, processes=2), b"(True, True, 'MainThread')")
        self.assertEqual(self.facts(env={'POSTERN_GATEWAYS': '2'}), b"(False, True, 'MainThread')")

    def test_a_drained_worker_runs_what_the_application_left_for_its_exit(self):
        with tempfile.TemporaryDirectory(prefix='postern-test-') as folder:
            path = os.path.join(folder, 'left')
            with FakeGateway(module='slow', env={'TOUCH_AT_EXIT': path}) as gateway:
                gateway.fork().helm.tell({'drain': True})
                self.assertEqual(gateway.channel.expect('exited')['code'], 0)
                self.assertTrue(os.path.exists(path))


class StacksTest(WorkerTest):
    threads = 2

    def test_shows_what_every_thread_does_while_the_main_thread_is_busy(self):
        slow = self.start_slow()
        self.worker.helm.tell({'stacks': True, 'slot': 5})
        answer = self.worker.helm.expect('stacks')
        self.assertEqual(answer['slot'], 5)
        self.assertIn('wait_for(query', answer['stacks'])
        self.assertIn('serving GET /slow?wait=', answer['stacks'])
        self.assertIn('postern-lane-1', answer['stacks'])
        self.release()
        slow.wait()

    def test_lanes_run_beside_each_other(self):
        slow = self.start_slow()
        other = self.worker.lanes[1].request(environ('/facts')).wait()
        self.assertEqual(other.body, b"(True, False, 'postern-lane-1')")
        self.assertEqual(self.gateway.started(), (slow.id, other.id))
        self.release()
        slow.wait()

    def test_drains_all_lanes(self):
        slow = self.start_slow()
        self.worker.helm.tell({'drain': True})
        self.release()
        slow.wait()
        self.assertEqual(self.gateway.channel.expect('exited')['code'], 0)


class BodyTest(WorkerTest):
    def test_bodies_of_ended_requests_are_skipped(self):
        answer = self.lane.request(environ('/early', 'POST'), stream=frames.BODY_STREAM)
        self.lane.body(answer, b'x' * 1000)
        self.assertEqual(answer.wait().body, b'/early')
        self.lane.body(answer, b'y' * 200000, end=True)
        self.assertEqual(self.lane.request(environ('/after')).wait().body, b'/after')


class UwsgiModuleTest(unittest.TestCase):
    def test_the_shim_is_there_on_request_only(self):
        with FakeGateway(module='shim') as gateway:
            lane = gateway.fork().lanes[0]
            self.assertEqual(lane.request(environ('/')).wait().body, b'no uwsgi')

    def test_the_shim_tells_the_worker_and_sets_log_variables(self):
        with FakeGateway(module='shim', uwsgi_module=True, processes=3) as gateway:
            worker = gateway.fork(2)
            answer = worker.lanes[0].request(environ('/')).wait()
            self.assertEqual(json.loads(answer.body), {'worker': 2, 'numproc': 3, 'postfork': [2], 'user': 'ann'})
            self.assertEqual(answer.logvars, {'user': 'ann'})
            self.assertIn('said by uwsgi.log', gateway.log())
            worker.lanes[0].request(environ('/reload')).wait()
            worker.helm.expect('reload')
            refused = worker.lanes[0].request(environ('/refused')).wait()
            self.assertIn(b'use a cache server', refused.body)

    def test_the_shim_tells_facts_that_libraries_ask_for(self):
        with FakeGateway(module='shim', uwsgi_module=True, processes=3) as gateway:
            lane = gateway.fork(1).lanes[0]
            master, again, threads, missing, there = json.loads(lane.request(environ('/facts')).wait().body)
            self.assertEqual(master, os.getpid())
            self.assertEqual((again, threads, there), (False, True, False))
            self.assertIn('no no_such_thing under postern', missing)
            lane.request(environ('/facts')).wait()
            self.assertEqual(gateway.log().count('set_user_harakiri() has no effect'), 1)

    def test_a_postfork_hook_that_fails_is_told_and_the_worker_serves(self):
        with FakeGateway(module='shim', uwsgi_module=True) as gateway:
            self.assertEqual(gateway.fork(3).lanes[0].request(environ('/')).wait().status, '200 OK')
            self.assertIn('a postfork hook failed in worker 3', gateway.log())
            self.assertIn('RuntimeError: in a hook', gateway.log())


if __name__ == '__main__':
    sys.exit(unittest.main())
