<?php

declare(strict_types=1);

/*
 * Registers user.avsc and writes one user:  php register.php
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Producer;

$schema = file_get_contents(__DIR__.'/user.avsc');
$registry = Registry::fromEnv();

// TODO: register the schema under the subject of the values of the topic
//       Lab\name('users'), and print its id. Run it twice: does the id change?

// TODO: encode a user with $registry->encode(), print the bytes in hex (bin2hex)
//       and mark the magic byte, the id and the rest.

// TODO: produce it to the topic, with the user's id as key, and flush.
