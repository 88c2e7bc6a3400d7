<?php

declare(strict_types=1);

/*
 * Writes one payment and reads it back as a user of its own:
 *
 *   php secure.php USER PASSWORD
 *
 * Make the user and its rights first; it needs WRITE and READ on the topic, and
 * READ on the group. What is missing shows here as an error.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Conf;
use RdKafka\KafkaConsumer;
use RdKafka\Producer;

[, $user, $password] = $argv + [1 => '', 2 => ''];
if ($user === '' || $password === '') {
    fwrite(STDERR, "usage: php secure.php USER PASSWORD\n");
    exit(2);
}

function secure(string $user, string $password, array $more): Conf
{
    $conf = new Conf;
    $conf->set('bootstrap.servers', Lab\env('KAFKA_BROKERS'));
    // TODO: encryption and sign-in: security.protocol, ssl.ca.location,
    //       sasl.mechanisms, sasl.username, sasl.password.
    foreach ($more as $name => $value) {
        $conf->set($name, $value);
    }

    return $conf;
}

// TODO: produce one record to the topic Lab\name('payments'); print its fate by delivery report.
// TODO: read the topic as the group Lab\name('payments-reader') until the record is back.
