import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;

/** A broker on a free port, which can be killed and started again with its data. */
final class Broker implements AutoCloseable {
    private final String tree = System.getenv("INTEROP_TREE");
    private final Path work = Path.of(System.getenv("INTEROP_WORK"));
    private final int port;
    private Process process;

    Broker() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        start();
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    void start() throws IOException {
        final File said = work.resolve("broker.out").toFile();
        process = new ProcessBuilder(tree + "/bin/kafka-server-start.sh", tree + "/config/server.properties",
                "--override", "listeners=PLAINTEXT://" + address(), "--override", "log.dirs=" + work.resolve("data"),
                "--override", "group.initial.rebalance.delay.ms=0")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(said))
            .start();
    }

    /** As kill -9 does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    boolean lives() {
        return process.isAlive();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
