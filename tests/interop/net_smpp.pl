#!/usr/bin/perl
# SPDX-License-Identifier: AGPL-3.0-or-later
# net_smpp.pl PORT KIND NAME PASSWORD COMMAND TEXTS [FROM TO CODING HEX...] - an ESME on Net::SMPP.
#
# Binds as KIND (transmitter, receiver, transceiver), sends each text, given as hexadecimal octets, by
# COMMAND (submit_sm or data_sm), waits until all are answered and TEXTS texts have come, asks whether
# the link is alive, unbinds. Says a line for each thing that happens; ends with 1 when something that
# should have happened has not.
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my ($port, $kind, $name, $password, $command, $wanted, $from, $to, $coding, @texts) = @ARGV;
my %answer_to = (
	Net::SMPP::CMD_deliver_sm() => 'deliver_sm_resp',
	Net::SMPP::CMD_data_sm() => 'data_sm_resp',
	Net::SMPP::CMD_enquire_link() => 'enquire_link_resp',
);

# The next PDU; requests of the peer are answered.
sub next_pdu {
	my ($smpp) = @_;
	my $pdu = $smpp->read_pdu() or die "the connection ended\n";
	if (my $answer = $answer_to{ $pdu->{cmd} }) {
		my @body = $answer eq 'enquire_link_resp' ? () : (message_id => '');
		$smpp->$answer(seq => $pdu->{seq}, status => 0, @body);
	}
	return $pdu;
}

sub answer_to_seq {
	my ($smpp, $seq) = @_;
	while (1) {
		my $pdu = next_pdu($smpp);
		return $pdu if $pdu->{cmd} & 0x80000000 && $pdu->{seq} == $seq;
	}
}

my $smpp = Net::SMPP->new_connect('127.0.0.1', port => $port, async => 1) or die "no connection\n";
my $bind = "bind_$kind";
my $bound = answer_to_seq($smpp, $smpp->$bind(system_id => $name, password => $password));
if ($bound->{status} != 0) {
	printf "refused %x\n", $bound->{status};
	exit 2;
}
printf "bound %s %s\n", $bound->{system_id}, unpack('H*', $bound->{sc_interface_version} // '');

my %open;
for my $text (@texts) {
	my $octets = pack('H*', $text);
	my @body = $command eq 'data_sm' ? (message_payload => $octets) : (short_message => $octets);
	my $seq = $smpp->$command(source_addr_ton => 1, source_addr_npi => 1, source_addr => $from,
		dest_addr_ton => 0, dest_addr_npi => 1, destination_addr => $to,
		data_coding => $coding, @body);
	$open{$seq} = 1;
}
my $came = 0;
while (%open || $came < $wanted) {
	my $pdu = next_pdu($smpp);
	if (delete $open{ $pdu->{seq} } && $pdu->{cmd} & 0x80000000) {
		die sprintf("refused %x\n", $pdu->{status}) if $pdu->{status} != 0;
		print "accepted $pdu->{message_id}\n";
	} elsif ($pdu->{cmd} == Net::SMPP::CMD_deliver_sm) {
		$came++;
		printf "text %s %s %d %s\n", $pdu->{source_addr}, $pdu->{destination_addr},
			$pdu->{data_coding}, unpack('H*', $pdu->{short_message});
	}
}
for my $control ('enquire_link', 'unbind') {
	my $pdu = answer_to_seq($smpp, $smpp->$control());
	printf "%s %x\n", $control, $pdu->{status};
}
