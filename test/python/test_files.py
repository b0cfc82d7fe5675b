"""wsgi.file_wrapper behind nginx: which files are handed over by X-Accel-Redirect, and which never."""

import os
import tempfile
import unittest
from urllib.parse import urlencode

from fake_gateway import FakeGateway, environ


class AccelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix='postern-test-')
        cls.folder = os.path.realpath(cls.temporary.name)
        cls.root = os.path.join(cls.folder, 'media')
        os.makedirs(os.path.join(cls.root, 'sub'))
        os.makedirs(os.path.join(cls.folder, 'media2'))
        for name in ('media/plain.bin', 'media/sub/odd ?#%é;.bin', 'media2/near.bin', 'secret.bin'):
            cls.write(name)
        os.symlink(os.path.join(cls.folder, 'secret.bin'), os.path.join(cls.root, 'link.bin'))
        os.symlink(os.path.join(cls.root, 'plain.bin'), os.path.join(cls.folder, 'inward.bin'))
        cls.gateway = FakeGateway(module='files')
        cls.lane = cls.gateway.fork().lanes[0]

    @classmethod
    def tearDownClass(cls):
        cls.gateway.close()
        cls.temporary.cleanup()

    @classmethod
    def write(cls, name, mode=0o644):
        path = os.path.join(cls.folder, name)
        with open(path, 'wb') as file:
            file.write(b'0123456789' * 100)
        os.chmod(path, mode)
        return path

    def send(self, name, method='GET', accel=None, **query):
        query['name'] = os.path.join(self.folder, name)
        accel = '/-/other/=/nowhere/;/-/media/=%s/' % self.root if accel is None else accel
        found = environ('/', method, urlencode(query), **({'POSTERN_ACCEL': accel} if accel else {}))
        return self.lane.request(found).wait()

    def handed_over(self, name, **how):
        answer = self.send(name, **how)
        self.assertTrue(answer.ended)
        uri = answer.header('X-Accel-Redirect')
        if uri is not None:
            self.assertEqual(answer.body, b'')
            self.assertIsNone(answer.header('Content-Length'))
        elif how.get('method') != 'HEAD' and 'seek' not in how and 'length' not in how:
            self.assertEqual(len(answer.body), 1000)
        return uri

    def test_a_file_below_the_root(self):
        self.assertEqual(self.handed_over('media/plain.bin'), '/-/media/plain.bin')

    def test_what_nginx_keeps_is_kept(self):
        answer = self.send('media/plain.bin')
        self.assertEqual((answer.header('Content-Type'), answer.header('Set-Cookie')), ('application/x-test', 'a=1'))
        self.assertEqual(answer.header('X-Frame-Options'), 'DENY')

    def test_the_path_is_quoted(self):
        self.assertEqual(self.handed_over('media/sub/odd ?#%é;.bin'), '/-/media/sub/odd%20%3F%23%25%C3%A9%3B.bin')

    def test_with_its_own_length(self):
        self.assertEqual(self.handed_over('media/plain.bin', length='1000'), '/-/media/plain.bin')

    def test_a_link_that_leads_into_the_root(self):
        self.assertEqual(self.handed_over('inward.bin'), '/-/media/plain.bin')

    def test_dots_in_the_name(self):
        self.assertEqual(self.handed_over('media/sub/../plain.bin'), '/-/media/plain.bin')

    # Never

    def test_not_without_nginx(self):
        self.assertIsNone(self.handed_over('media/plain.bin', accel=''))

    def test_not_outside_the_root(self):
        self.assertIsNone(self.handed_over('secret.bin'))
        self.assertIsNone(self.handed_over('media/../secret.bin'))
        self.assertIsNone(self.handed_over('media2/near.bin'))

    def test_not_through_a_link_out_of_the_root(self):
        self.assertIsNone(self.handed_over('media/link.bin'))

    def test_not_from_an_offset(self):
        self.assertIsNone(self.handed_over('media/plain.bin', seek='10'))

    def test_not_a_part(self):
        self.assertIsNone(self.handed_over('media/plain.bin', length='10'))

    def test_not_another_status(self):
        self.assertIsNone(self.handed_over('media/plain.bin', status='404 Not Found'))

    def test_not_if_a_header_would_be_lost(self):
        self.assertIsNone(self.handed_over('media/plain.bin', extra='X-Own'))
        self.assertIsNone(self.handed_over('media/plain.bin', extra='ETag'))

    def test_not_for_other_methods(self):
        self.assertIsNone(self.handed_over('media/plain.bin', method='POST'))
        self.assertIsNone(self.handed_over('media/plain.bin', method='HEAD'))

    def test_not_a_file_that_others_may_not_read(self):
        self.write('media/private.bin', 0o600)
        self.assertIsNone(self.handed_over('media/private.bin'))

    def test_not_the_whole_file_system(self):
        self.assertIsNone(self.handed_over('media/plain.bin', accel='/-/all/=/'))
        self.assertIsNone(self.handed_over('media/plain.bin', accel='nonsense;=;x='))

    def test_without_nginx_from_an_offset_with_a_length(self):
        answer = self.send('media/plain.bin', accel='', seek='995')
        self.assertEqual((answer.body, answer.header('Content-Length')), (b'56789', '5'))


if __name__ == '__main__':
    unittest.main()
