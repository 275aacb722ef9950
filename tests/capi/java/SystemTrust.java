import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** Writes the system's bundle of certificates as a trust store, which Java alone cannot read: SystemTrust PEM STORE. */
class SystemTrust {
  public static void main(String[] arguments) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (FileInputStream bundle = new FileInputStream(arguments[0])) {
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(bundle)) {
        store.setCertificateEntry("system-" + number++, each);
      }
    }
    try (FileOutputStream file = new FileOutputStream(arguments[1])) {
      store.store(file, "changeit".toCharArray());
    }
  }
}
