<?php

declare(strict_types=1);

/*
 * The service "notification": tells the customer that the order was shipped, until
 * Ctrl-C or until it has been idle for 30 s:
 *
 *   php notification.php
 */

require __DIR__.'/lib/lab.php';
require __DIR__.'/Service.php';

(new Service('notification', 'shipments', 'notifications', file_get_contents(__DIR__.'/notification.avsc'), fn (array $shipment): array => [
    'customer' => $shipment['customer'],
    'text' => "Your order {$shipment['order']} is on its way: parcel {$shipment['parcel']}",
]))->run((int) ($argv[1] ?? 30));
